using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;

namespace Sluice.Platform.Tenants.Inside.Factors.Routes;

/// <summary>
/// <c>GET /me/factors</c>, <c>POST /me/factors/totp</c>: {secret, uri}; <c>…/totp/confirm</c> {code}: {codes};
/// <c>…/totp/remove</c>: 204; <c>POST /me/factors/recovery-codes</c>: {codes}.
/// </summary>
internal static class MyFactors
{
    public static async Task<IResult> Show(HttpContext http, IFactors factors, CancellationToken ct) =>
        Results.Json(await factors.Show(Http.ActorOf(http), ct), Http.Json);

    public static async Task<IResult> Enrol(HttpContext http, IFactors factors, CancellationToken ct) =>
        Answer(http, await factors.EnrolTotp(Http.ActorOf(http), ct));

    public static async Task<IResult> Confirm(HttpContext http, IFactors factors, CancellationToken ct)
    {
        var code = await Bodies.Read(http, at => at.Secret("code"), ct);
        return code.Ok ? Answer(http, await factors.ConfirmTotp(code.Value, Http.ActorOf(http), ct)) : Http.Problem(code.Refusal);
    }

    public static async Task<IResult> Remove(HttpContext http, IFactors factors, CancellationToken ct) =>
        Http.Answer(await factors.RemoveTotp(Http.ActorOf(http), ct), _ => Results.NoContent());

    public static async Task<IResult> Renew(HttpContext http, IFactors factors, CancellationToken ct) =>
        Answer(http, await factors.RenewRecoveryCodes(Http.ActorOf(http), ct));

    // Shown this once, so no cache keeps it.
    private static IResult Answer<T>(HttpContext http, Kernel.Result<T> result)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Http.Answer(result);
    }
}
