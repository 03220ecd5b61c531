using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

/// <summary>Answers of the OAuth endpoints, in the words of RFC 6749 (5.1, 5.2), never kept by anybody on the way.</summary>
internal static class OAuthAnswers
{
    public static IResult Tokens(HttpContext http, TokenAnswer answer, string? issuedType)
    {
        NeverKept(http);
        return Results.Json(
            new TokenBody(
                answer.AccessToken, "Bearer", answer.ExpiresInSeconds, answer.RefreshToken, answer.Scope, issuedType), Http.Json);
    }

    public static IResult Refused(HttpContext http, Refusal refusal)
    {
        NeverKept(http);
        if (refusal.Status == StatusCodes.Status401Unauthorized) http.Response.Headers.WWWAuthenticate = "Basic realm=\"sluice\"";
        if (refusal.RetryAfter is { } wait) http.Response.Headers.RetryAfter = $"{(int)wait.TotalSeconds}";
        return Results.Json(
            new ErrorBody(ErrorOf(refusal), refusal.Message, $"/problems/{refusal.Code}", refusal.Code), Http.Json,
            statusCode: refusal.Status);
    }

    public static void NeverKept(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Pragma = "no-cache";
    }

    private static string ErrorOf(Refusal refusal) => refusal.Code switch
    {
        "auth.grant-type-unknown" => "unsupported_grant_type",
        "auth.scope-invalid" => "invalid_scope",
        "auth.client-unknown" => "invalid_client",
        "auth.token-type-unknown" => "unsupported_token_type",
        "auth.grant-invalid" or "auth.grant-session" or "auth.grant-token" => "invalid_grant",
        "auth.grants-many" => "slow_down",
        // No other grant asks for a proof; RFC 9470 calls it so at other places.
        "access.step-up" => "insufficient_user_authentication",
        _ => "invalid_request",
    };

    private sealed record TokenBody(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("token_type")] string TokenType,
        [property: JsonPropertyName("expires_in")] int ExpiresIn,
        [property: JsonPropertyName("refresh_token")] string RefreshToken,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Scope,
        [property: JsonPropertyName("issued_token_type"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        string? IssuedTokenType);

    private sealed record ErrorBody(
        string Error,
        [property: JsonPropertyName("error_description")] string Description,
        [property: JsonPropertyName("error_uri")] string Uri,
        string Code);
}
