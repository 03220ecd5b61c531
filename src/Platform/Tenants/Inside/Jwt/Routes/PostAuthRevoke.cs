using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

/// <summary><c>POST /auth/revoke</c> (RFC 7009): ends the grant of a refresh or access token, by holding it.</summary>
internal static class PostAuthRevoke
{
    public static async Task<IResult> Handle(HttpContext http, TokenDesk desk, CancellationToken ct)
    {
        var read = await OAuthBody.Read(http, ct);
        if (!read.Ok) return OAuthAnswers.Refused(http, read.Refusal);
        if (read.Value["token"] is not { } token) return OAuthAnswers.Refused(http, TokenRefusals.Request("token is missing."));
        var revoked = await desk.Revoke(token, Http.OriginOf(http), ct);
        if (!revoked.Ok) return OAuthAnswers.Refused(http, revoked.Refusal);
        OAuthAnswers.NeverKept(http);
        return Results.Ok();
    }
}
