using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

/// <summary><c>GET /me/grants</c>, <c>POST /me/grants/{grant}/revoke</c></summary>
internal static class MyGrants
{
    public static async Task<IResult> List(HttpContext http, IGrants grants, CancellationToken ct) =>
        Http.All(await grants.List(Http.ActorOf(http), ct));

    public static async Task<IResult> Revoke(HttpContext http, string grant, IGrants grants, CancellationToken ct) =>
        WireId.TryParse<TokenId>(grant, out var id)
            ? Http.Answer(await grants.Revoke(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(GrantBook.Unknown);
}
