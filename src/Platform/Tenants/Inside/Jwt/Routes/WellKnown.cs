using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt.Routes;

/// <summary>
/// <c>GET /.well-known/jwks.json</c> (RFC 7517) and <c>GET /.well-known/oauth-authorization-server</c> (RFC 8414).
/// </summary>
internal static class WellKnown
{
    public static async Task<IResult> Keys(HttpContext http, IssuerKeys keys, CancellationToken ct)
    {
        var published = await keys.Published(ct);
        Kept(http);
        return Results.Json(
            new
            {
                // Each member by name: what is not listed never leaves.
                keys = published.Select(key => new
                {
                    key.Key.Kty,
                    key.Key.Crv,
                    key.Key.X,
                    key.Key.Y,
                    key.Key.Kid,
                    Use = "sig",
                    Alg = key.Algorithm,
                }),
            },
            Http.Json, "application/jwk-set+json");
    }

    public static IResult Metadata(HttpContext http, AccessTokens tokens)
    {
        Kept(http);
        return Results.Json(new MetadataBody(
            tokens.Issuer, $"{tokens.Issuer}/auth/token", $"{tokens.Issuer}/auth/revoke",
            $"{tokens.Issuer}/.well-known/jwks.json",
            [PostAuthToken.RefreshGrant, PostAuthToken.ExchangeGrant, PostAuthToken.SessionGrant], [], ["none"], ["none"],
            [.. Access.All.Where(permission => permission != Permission.SelfSecurity).Select(Access.Name)],
            $"{tokens.Issuer}/docs/tokens.md"), Http.Json);
    }

    private static void Kept(HttpContext http)
    {
        http.Response.Headers.CacheControl = $"public, max-age={(int)KeySchedule.SetAge.TotalSeconds}";
        http.Response.Headers.AccessControlAllowOrigin = "*";
    }

    private sealed record MetadataBody(
        string Issuer,
        [property: JsonPropertyName("token_endpoint")] string TokenEndpoint,
        [property: JsonPropertyName("revocation_endpoint")] string RevocationEndpoint,
        [property: JsonPropertyName("jwks_uri")] string KeysUri,
        [property: JsonPropertyName("grant_types_supported")] IReadOnlyList<string> GrantTypes,
        [property: JsonPropertyName("response_types_supported")] IReadOnlyList<string> ResponseTypes,
        [property: JsonPropertyName("token_endpoint_auth_methods_supported")] IReadOnlyList<string> TokenMethods,
        [property: JsonPropertyName("revocation_endpoint_auth_methods_supported")] IReadOnlyList<string> RevocationMethods,
        [property: JsonPropertyName("scopes_supported")] IReadOnlyList<string> Scopes,
        [property: JsonPropertyName("service_documentation")] string Documentation);
}
