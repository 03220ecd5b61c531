using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Sessions.Routes;

/// <summary>
/// <c>GET /me/sessions</c>, <c>POST /me/sessions/{session}/revoke</c>, <c>POST /me/sessions/revoke-others</c>: {revoked}.
/// </summary>
internal static class MySessions
{
    public static async Task<IResult> List(HttpContext http, ISessions sessions, CancellationToken ct) =>
        Http.All(await sessions.List(Http.ActorOf(http), ct));

    public static async Task<IResult> Revoke(HttpContext http, string session, ISessions sessions, CancellationToken ct) =>
        WireId.TryParse<SessionId>(session, out var id)
            ? Http.Answer(await sessions.Revoke(id, Http.ActorOf(http), ct), _ => Results.NoContent())
            : Http.Problem(SessionBook.Unknown);

    public static async Task<IResult> RevokeOthers(HttpContext http, ISessions sessions, CancellationToken ct) =>
        Http.Answer(
            await sessions.RevokeOthers(Http.ActorOf(http), ct),
            revoked => Results.Json(new RevokedSessions(revoked), Http.Json));
}

/// <param name="Revoked">How many ended.</param>
internal sealed record RevokedSessions(int Revoked);
