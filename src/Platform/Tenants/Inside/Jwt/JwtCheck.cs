using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>A public key that one algorithm alone is verified with (RFC 8725, 3.1).</summary>
internal sealed record VerifyingKey(string Id, string Algorithm, JsonWebKey Key);

/// <summary>What a token must say to be meant for here.</summary>
/// <param name="Issuer">Equal to <c>iss</c>, character by character.</param>
/// <param name="Audience">Among those of <c>aud</c>.</param>
/// <param name="Types">
/// Of <c>typ</c>, any one, in whatever case and with or without <c>application/</c>; what names no type is a <c>JWT</c>.
/// </param>
/// <param name="Skew">How far the clocks may differ.</param>
internal sealed record Expected(string Issuer, string Audience, IReadOnlyList<string> Types, TimeSpan Skew);

internal enum JwtVerdict
{
    Genuine,
    /// <summary>Genuine once, and too old now.</summary>
    Expired,
    Refused,
}

/// <summary>
/// Whether a token is genuine, for here, and now. The library verifies the signature by the one key that is given; what a key
/// may be used for is fixed by the key, never by the token.
/// </summary>
internal static class JwtCheck
{
    private const string MediaType = "application/";

    private static readonly JsonWebTokenHandler Library = new() { MaximumTokenSizeInBytes = JwtText.LengthMax };

    public static async Task<JwtVerdict> Check(JwtText token, VerifyingKey key, Expected expected, DateTimeOffset now)
    {
        if (!IsFor(token, key, expected) || !await IsSigned(token, key)) return JwtVerdict.Refused;
        var claims = token.Claims;
        if (claims.Time("exp") is not { } end || claims.Time("iat") is not { } made) return JwtVerdict.Refused;
        if (claims.Has("nbf") && claims.Time("nbf") is null) return JwtVerdict.Refused;
        if (made > now + expected.Skew || claims.Time("nbf") > now + expected.Skew || end <= made) return JwtVerdict.Refused;
        return end > now - expected.Skew ? JwtVerdict.Genuine : JwtVerdict.Expired;
    }

    /// <summary>Whether the signature is the key's, whatever the token says.</summary>
    public static async Task<bool> IsSigned(JwtText token, VerifyingKey key)
    {
        if (!string.Equals(token.Algorithm, key.Algorithm, StringComparison.Ordinal)) return false;
        var verdict = await Library.ValidateTokenAsync(token.Text, new TokenValidationParameters
        {
            IssuerSigningKey = key.Key,
            ValidAlgorithms = [key.Algorithm],
            RequireSignedTokens = true,
            TryAllIssuerSigningKeys = true, // There is one, and it was chosen by its id.
            // Judged here: by the injected clock, and by a stricter reading.
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
            RequireExpirationTime = false,
            RequireAudience = false,
            ValidateWithLKG = false,
        });
        return verdict.IsValid;
    }

    private static bool IsFor(JwtText token, VerifyingKey key, Expected expected) =>
        string.Equals(token.KeyId, key.Id, StringComparison.Ordinal)
        && expected.Types.Contains(TypeOf(token.Type ?? "JWT"), StringComparer.OrdinalIgnoreCase)
        && string.Equals(token.Claims.Text("iss"), expected.Issuer, StringComparison.Ordinal)
        && token.Claims.Texts("aud").Contains(expected.Audience, StringComparer.Ordinal);

    private static string TypeOf(string type) =>
        type.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase) ? type[MediaType.Length..] : type;
}
