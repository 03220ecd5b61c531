using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>Organizations and the tokens with which they, and operators, reach Sluice's own API.</summary>
public interface ITenants
{
    /// <summary>Creates an organization. Refused when the name is empty, longer than 100 characters or taken.</summary>
    Task<Result<Organization>> CreateOrganization(
        string name, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Organizations by creation, those that the actor may see; pages of at most 200.</summary>
    Task<IReadOnlyList<Organization>> Organizations(
        Actor actor, OrganizationId? after = null, int limit = 200, CancellationToken ct = default);

    Task<Organization?> FindOrganization(OrganizationId id, CancellationToken ct = default);

    /// <summary>The same inside a unit of work, which sees what it created itself.</summary>
    Task<Organization?> FindOrganization(OrganizationId id, UnitOfWork work, CancellationToken ct = default);

    /// <summary>
    /// Creates an access token, shown once: of an organization, or of an operator where organization is null, which
    /// only an operator may ask for. An organization, and the operators together, hold at most 100 tokens.
    /// </summary>
    Task<Result<IssuedToken>> CreateToken(
        TokenRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Ends a token at once. To revoke one twice is no fault.</summary>
    Task<Result<Done>> RevokeToken(TokenId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>The actor behind a token; null when unknown, expired or revoked. Compared by hash.</summary>
    Task<Actor?> Authenticate(string token, CancellationToken ct = default);
}

public sealed record Organization(OrganizationId Id, string Name, DateTimeOffset CreatedAt);

/// <param name="Organization">Null asks for an operator's token.</param>
/// <param name="Name">What the token is for, up to 100 characters.</param>
/// <param name="ExpiresAt">Null never expires.</param>
public sealed record TokenRequest(OrganizationId? Organization, string Name, DateTimeOffset? ExpiresAt);

/// <param name="Secret">Reads <c>slc_at_…</c>; stored hashed, never shown again.</param>
public sealed record IssuedToken(
    TokenId Id, OrganizationId? Organization, string Name, string Secret, DateTimeOffset? ExpiresAt);
