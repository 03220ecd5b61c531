using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sluice.Platform.Tenants.Inside.SignIn.Routes;

namespace Sluice.Platform.Tenants.Inside.Passkeys.Routes;

/// <summary>
/// <c>POST /auth/passkeys/options</c> {ticket?}: {publicKey, expiresAt} with a cookie; <c>POST /auth/passkeys</c> {credential,
/// ticket?}: {user, session, expiresAt} with the session's; <c>POST /auth/step-up/options</c>: as the first.
/// </summary>
internal static class PasskeySignIn
{
    public static async Task<IResult> Ask(HttpContext http, IPasskeys passkeys, CancellationToken ct)
    {
        var ticket = await Bodies.Read(http, at => at.OptionalSecret("ticket"), ct);
        return ticket.Ok
            ? CredentialField.Request(http, await passkeys.AskSignIn(ticket.Value, Http.OriginOf(http), ct))
            : Http.Problem(ticket.Refusal);
    }

    public static async Task<IResult> Post(HttpContext http, IPasskeys passkeys, CancellationToken ct)
    {
        var body = await Bodies.Read(
            http, at => (Ticket: at.OptionalSecret("ticket"), Credential: at.Credential("credential")), ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        var answer = new ChallengeAnswer(body.Value.Credential, ChallengeCookie.Read(http));
        ChallengeCookie.Clear(http);
        return SessionAnswer.Of(http, await passkeys.SignIn(body.Value.Ticket, answer, Http.OriginOf(http), ct));
    }

    public static async Task<IResult> AskStepUp(HttpContext http, IPasskeys passkeys, CancellationToken ct) =>
        CredentialField.Request(http, await passkeys.AskStepUp(Http.ActorOf(http), ct));
}

internal sealed record PasskeyTicketBody(
    [property: Description("Of the first step, where a password came before; absent to sign in by the passkey alone.")]
    string? Ticket = null);

internal sealed record PasskeySignInBody(
    [property: Description("What navigator.credentials.get answered, as PublicKeyCredential.toJSON() writes it.")]
    JsonElement Credential,
    [property: Description("As where it was asked for.")] string? Ticket = null);
