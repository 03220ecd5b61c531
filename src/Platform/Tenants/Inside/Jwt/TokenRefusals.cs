using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>Why no tokens are given. One sentence for all that ended or never was: it tells nobody which.</summary>
internal static class TokenRefusals
{
    public static readonly Refusal Grant = new(
        "auth.grant-invalid",
        "What was sent opens nothing: it is unknown, was used already, or what it came from has ended. Ask for a new grant.",
        400);

    public static readonly Refusal NoSession = new(
        "auth.grant-session", "Sign in first: this grant is given to a session, by its cookie.", 400);

    public static readonly Refusal NotPersonal = new(
        "auth.grant-token",
        "This grant is given to a person's own token. Use an organization's or an operator's token as it is.", 400);

    public static readonly Refusal GrantType = new(
        "auth.grant-type-unknown",
        "This grant type is not offered; '/.well-known/oauth-authorization-server' lists those that are.", 400);

    public static readonly Refusal ClientSecret = new(
        "auth.client-unknown", "Clients are not registered here and have no secret: send none.", 401);

    public static readonly Refusal TokenType = new(
        "auth.token-type-unknown", "Only refresh tokens and access tokens of this installation are revoked here.", 400);

    public static readonly Refusal TooMany = new(
        "auth.grants-many", "So many grants were begun in an hour: keep the one you have and refresh it.", 429)
    {
        RetryAfter = TimeSpan.FromMinutes(10),
    };

    /// <summary>Only told of a token whose signature was good.</summary>
    public static readonly Refusal Expired = new(
        "auth.token-expired", "The access token has expired: get the next one with the refresh token.", 401);

    public static Refusal Scope(string why) => new("auth.scope-invalid", why, 400);

    public static Refusal Request(string why) => new("auth.request-invalid", why, 400);
}
