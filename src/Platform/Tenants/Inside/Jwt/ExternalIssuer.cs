using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>
/// Takes access tokens of the one outside issuer that is configured. Such a token says who somebody is; what that person may do
/// is looked up here, at every request.
/// </summary>
internal sealed class ExternalIssuer(
    ExternalKeys keys, NpgsqlDataSource source, Memberships memberships, IOptions<ExternalIssuerOptions> options,
    TimeProvider time)
{
    private static readonly string[] Types = [AccessTokens.Type, "JWT"];

    // Of ID tokens (OpenID Connect Core, 3.1.3.6 and 3.3.2.11), which say who signed in and open nothing.
    private static readonly string[] OfIdTokens = ["nonce", "at_hash", "c_hash"];

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    public string? Issuer => options.Value.Url;

    public async Task<Result<Actor>> Authenticate(JwtText token, Origin from, CancellationToken ct)
    {
        if (!await IsGenuine(token, ct)) return Refusals.NoToken;
        if (await UserOf(token.Claims, ct) is not { } user || await memberships.Person(user, ct) is not { } person)
            return Refusals.NoToken;
        if (!TryScopes(token.Claims, out var scopes) || (scopes is null && options.Value.ScopesRequired)) return Refusals.NoToken;
        return person with
        {
            Token = IdOf(token),
            Scopes = scopes,
            // Its issuer asked for a proof when it says so, and not merely because it gave a token.
            IsFresh = token.Claims.Time("auth_time") is { } proved && time.GetUtcNow() - proved < Fresh,
            Origin = from,
        };
    }

    // Issuers write scopes as one text or as a list, in 'scope' or in 'scp'. Names of other services are passed over; what
    // names a permission narrows, even where no token has that one; what cannot be read is not taken for nothing.
    private static bool TryScopes(JwtClaims claims, out IReadOnlySet<Permission>? scopes)
    {
        scopes = null;
        List<string> texts = [];
        foreach (var name in new[] { "scope", "scp" })
        {
            if (!claims.Has(name)) continue;
            if (!claims.AreTexts(name)) return false;
            texts.AddRange(claims.Texts(name));
        }
        var all = string.Join(' ', texts);
        if (ScopeText.NamesAny(all)) scopes = ScopeText.Read(all);
        return true;
    }

    private async Task<bool> IsGenuine(JwtText token, CancellationToken ct)
    {
        var set = options.Value;
        if (set.Url is null || token.Claims.Text("iss") != set.Url || token.KeyId is not { } id) return false;
        if (Array.Exists(OfIdTokens, token.Claims.Has)) return false;
        // Before any key is looked for: what could not be taken costs the issuer no request.
        if (token.Algorithm is not (JsonKeys.Rs256 or JsonKeys.Es256)) return false;
        if (set.Algorithms.Count > 0 && !set.Algorithms.Contains(token.Algorithm)) return false;
        if (await keys.Find(id, ct) is not { } key) return false;
        var expected = new Expected(set.Url, set.Audience!, Types, TimeSpan.FromSeconds(set.SkewSeconds));
        return await JwtCheck.Check(token, key, expected, time.GetUtcNow()) == JwtVerdict.Genuine;
    }

    private async Task<UserId?> UserOf(JwtClaims claims, CancellationToken ct)
    {
        if (options.Value.UserBy == ExternalUserBy.Email)
        {
            if (!claims.IsTrue("email_verified") || claims.Text("email") is not { } text) return null;
            var email = EmailAddress.Check(text);
            return email.Ok ? await Find("SELECT id FROM tenants.users WHERE email_key = $1", [email.Value], ct) : null;
        }
        return claims.Text("sub") is { Length: > 0 } subject
            ? await Find(
                "SELECT user_id FROM tenants.logins WHERE provider = $1 AND subject = $2", [options.Value.Url, subject], ct)
            : null;
    }

    private async Task<UserId?> Find(string sql, object?[] values, CancellationToken ct) =>
        await source.Statement(sql, values).Row(row => (Guid?)row.GetGuid(0), ct) is { } id ? new UserId(id) : null;

    // So that it is a token to whoever asks, and the same one each time.
    private static TokenId IdOf(JwtText token) =>
        new(new Guid(SHA256.HashData(Encoding.ASCII.GetBytes(token.Text)).AsSpan(0, 16), bigEndian: true));
}
