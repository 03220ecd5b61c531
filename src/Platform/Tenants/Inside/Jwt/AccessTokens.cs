using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>
/// The access tokens that this installation signs (ES256, the profile of RFC 9068), and their reading. A token opens as long as
/// its grant, and what the grant came from, are there: that is looked up at every request.
/// </summary>
internal sealed class AccessTokens(
    NpgsqlDataSource source, IssuerKeys keys, Memberships memberships, IOptions<AccessTokensOptions> options,
    IOptions<TenantsOptions> tenants, TimeProvider time)
{
    public const string Type = "at+jwt";

    private const string Api = "/api/v1";

    // Between the clocks of the processes of one installation.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private static readonly JsonWebTokenHandler Library = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Whose the tokens are, without a slash at the end.</summary>
    public string Issuer { get; } = (options.Value.Issuer ?? tenants.Value.PublicUrl).GetLeftPart(UriPartial.Path).TrimEnd('/');

    private Expected Expected => new(Issuer, Audience, [Type], Skew);

    private string Audience => options.Value.Audience ?? Issuer + Api;

    public TimeSpan Lifetime => TimeSpan.FromMinutes(options.Value.Minutes);

    public async Task<string> Sign(GrantRow grant, IReadOnlySet<Permission>? scopes, CancellationToken ct)
    {
        var key = await keys.Signing(ct);
        var now = time.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["sub"] = grant.User.ToString(),
            ["jti"] = WireId.Encode(Guid.CreateVersion7()),
            ["client_id"] = grant.Session?.ToString() ?? grant.Token?.ToString() ?? "",
            ["sid"] = grant.Id.ToString(),
        };
        if (ScopeText.Write(scopes) is { } scope) claims["scope"] = scope;
        return Library.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = Type,
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
            Claims = claims,
            SigningCredentials = key.Credentials,
        });
    }

    public async Task<Result<Actor>> Authenticate(JwtText token, Origin from, CancellationToken ct)
    {
        var read = await Read(token, ct);
        if (!read.Ok) return read.Refusal;
        var found = await source.Statement($"""
            SELECT {GrantRow.Columns} {GrantRow.FromLive} AND g.id = $2 AND g.user_id = $3
              AND EXISTS (SELECT FROM tenants.signing_keys k WHERE k.id = $4 AND k.withdrawn_at IS NULL)
            """, time.GetMicros(), read.Value.Grant.Value, read.Value.User.Value, token.KeyId).Row(GrantRow.Read, ct);
        if (found is null || await memberships.Person(found.User, ct) is not { } person) return Refusals.NoToken;
        var scopes = token.Claims.Has("scope") ? ScopeText.Read(token.Claims.Text("scope") ?? "") : null;
        return found.Narrow(person, scopes, time.GetUtcNow(), from) is { } actor ? actor : Refusals.NoToken;
    }

    /// <summary>Which grant a genuine token is of, whether or not that one is still there.</summary>
    public async Task<Result<TokenClaims>> Read(JwtText token, CancellationToken ct)
    {
        if (token.KeyId is not { } id || await keys.Verifying(id, ct) is not { } key) return Refusals.NoToken;
        var verdict = await JwtCheck.Check(token, key, Expected, time.GetUtcNow());
        if (verdict == JwtVerdict.Expired) return TokenRefusals.Expired;
        return verdict == JwtVerdict.Genuine
            && WireId.TryParse<UserId>(token.Claims.Text("sub"), out var user)
            && WireId.TryParse<TokenId>(token.Claims.Text("sid"), out var grant)
            && token.Claims.Text("jti") is { Length: > 0 }
                ? new TokenClaims(grant, user)
                : Refusals.NoToken;
    }
}

internal sealed record TokenClaims(TokenId Grant, UserId User);
