using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

/// <summary>
/// <c>POST /auth/token</c> (RFC 6749, 3.2): <c>refresh_token</c>; a personal token in exchange (RFC 8693); a session. It stands
/// outside of /api/v1, because programs that speak OAuth expect its own shapes.
/// </summary>
internal static class PostAuthToken
{
    public const string SessionGrant = "urn:sluice:params:oauth:grant-type:session";
    public const string RefreshGrant = "refresh_token";
    public const string ExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";

    private const string PersonalToken = "urn:sluice:params:oauth:token-type:personal-access-token";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";

    public static async Task<IResult> Handle(HttpContext http, TokenDesk desk, CancellationToken ct)
    {
        var read = await OAuthBody.Read(http, ct);
        if (!read.Ok) return OAuthAnswers.Refused(http, read.Refusal);
        var body = read.Value;
        if (body["client_secret"] is not null || body["client_assertion"] is not null || HasBasic(http))
            return OAuthAnswers.Refused(http, TokenRefusals.ClientSecret);
        var from = Http.OriginOf(http);
        var given = body["grant_type"] switch
        {
            null => TokenRefusals.Request("grant_type is missing."),
            RefreshGrant => await desk.Refresh(body["refresh_token"], body["scope"], from, ct),
            SessionGrant => await desk.ForSession(Session(http), body["scope"], ct),
            ExchangeGrant => await Exchange(desk, body, from, ct),
            _ => TokenRefusals.GrantType,
        };
        return given.Ok
            ? OAuthAnswers.Tokens(http, given.Value, body["grant_type"] == ExchangeGrant ? AccessToken : null)
            : OAuthAnswers.Refused(http, given.Refusal);
    }

    private static async Task<Result<TokenAnswer>> Exchange(TokenDesk desk, OAuthBody body, Origin from, CancellationToken ct)
    {
        if (body["subject_token"] is null || body["subject_token_type"] != PersonalToken)
            return TokenRefusals.Request($"Send subject_token, and subject_token_type '{PersonalToken}'.");
        if (body["actor_token"] is not null)
            return TokenRefusals.Request("actor_token is not taken: nobody acts for another here.");
        if (body["requested_token_type"] is not (null or AccessToken))
            return TokenRefusals.Request($"requested_token_type is '{AccessToken}', or left out.");
        return await desk.ForToken(body["subject_token"], body["scope"], from, ct);
    }

    private static Actor? Session(HttpContext http) =>
        Actor.From(http.User) is { } actor ? actor with { Origin = Http.OriginOf(http) } : null;

    private static bool HasBasic(HttpContext http) =>
        http.Request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);
}
