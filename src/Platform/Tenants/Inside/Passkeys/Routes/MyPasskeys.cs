using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Passkeys.Routes;

/// <summary>
/// <c>GET /me/passkeys</c>, <c>POST /me/passkeys/options</c>: {publicKey, expiresAt} with a cookie, <c>POST /me/passkeys</c>
/// {name?, credential}: {passkey, recoveryCodes}, <c>PUT /me/passkeys/{passkey}</c> {name}, <c>POST …/remove</c>: 204.
/// </summary>
internal static class MyPasskeys
{
    private static readonly Refusal Unknown = Refusal.NotFound("tenants.passkey-unknown", "There is no such passkey.");

    public static async Task<IResult> List(HttpContext http, IPasskeys passkeys, CancellationToken ct) =>
        Http.All(await passkeys.List(Http.ActorOf(http), ct));

    public static async Task<IResult> Ask(HttpContext http, IPasskeys passkeys, CancellationToken ct) =>
        CredentialField.Request(http, await passkeys.AskNew(Http.ActorOf(http), ct));

    public static async Task<IResult> Post(HttpContext http, IPasskeys passkeys, CancellationToken ct)
    {
        var body = await Bodies.Read(
            http, at => (Name: at.Find("name") is null ? null : at.Name("name"), Credential: at.Credential("credential")), ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        var answer = new ChallengeAnswer(body.Value.Credential, ChallengeCookie.Read(http));
        ChallengeCookie.Clear(http);
        http.Response.Headers.CacheControl = "no-store";
        return Http.Answer(
            await passkeys.Add(body.Value.Name, answer, Http.ActorOf(http), ct),
            added => Results.Json(added, Http.Json, statusCode: StatusCodes.Status201Created));
    }

    public static async Task<IResult> Put(HttpContext http, string passkey, IPasskeys passkeys, CancellationToken ct)
    {
        var name = await Bodies.Read(http, at => at.Name("name"), ct);
        if (!name.Ok) return Http.Problem(name.Refusal);
        return WireId.TryParse<PasskeyId>(passkey, out var id)
            ? Http.Answer(await passkeys.Rename(id, name.Value, Http.ActorOf(http), ct))
            : Http.Problem(Unknown);
    }

    public static async Task<IResult> Remove(HttpContext http, string passkey, IPasskeys passkeys, CancellationToken ct) =>
        WireId.TryParse<PasskeyId>(passkey, out var id)
            ? Http.Answer(await passkeys.Remove(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(Unknown);
}

internal sealed record NewPasskeyBody(
    [property: Description("What navigator.credentials.create answered, as PublicKeyCredential.toJSON() writes it.")]
    JsonElement Credential,
    [property: Description("What to call it; the browser and its system if absent.")] string? Name = null);
