using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>Organizations and the tokens with which they, operators and people reach Sluice's own API.</summary>
public interface ITenants
{
    /// <summary>
    /// Creates an organization; a person becomes its owner. Refused when the name is empty, longer than 100 characters, or
    /// that of another organization that the actor sees.
    /// </summary>
    Task<Result<Organization>> CreateOrganization(
        string name, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Organizations by creation, those that the actor may see; pages of at most 200.</summary>
    Task<IReadOnlyList<Organization>> Organizations(
        Actor actor, OrganizationId? after = null, int limit = 200, CancellationToken ct = default);

    Task<Organization?> FindOrganization(OrganizationId id, CancellationToken ct = default);

    /// <summary>The same inside a unit of work, which sees what it created itself.</summary>
    Task<Organization?> FindOrganization(OrganizationId id, UnitOfWork work, CancellationToken ct = default);

    /// <summary>
    /// Gives an organization another name. With a <paramref name="version"/> it is refused when the organization has another one.
    /// </summary>
    Task<Result<Organization>> RenameOrganization(
        OrganizationId id, string name, Actor actor, UnitOfWork? work = null, long? version = null,
        CancellationToken ct = default);

    /// <summary>
    /// For operators: its keys and tokens are refused within a second everywhere, its members may look and change nothing.
    /// Twice is no fault.
    /// </summary>
    Task<Result<Organization>> SuspendOrganization(
        OrganizationId id, string? why, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>For operators: everything works again as before.</summary>
    Task<Result<Organization>> ResumeOrganization(
        OrganizationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Creates an access token, shown once: of an organization, of an operator, which only an operator may ask for, or of the
    /// person who asks, from a session. Each of them holds at most 100 tokens. People ask with a fresh session.
    /// </summary>
    Task<Result<IssuedToken>> CreateToken(
        TokenRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Ends a token at once. To revoke one twice is no fault.</summary>
    Task<Result<Done>> RevokeToken(TokenId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>The actor behind a token; null when unknown, expired or revoked. Compared by hash.</summary>
    Task<Actor?> Authenticate(string token, CancellationToken ct = default);
}

/// <param name="Id">The one id.</param>
/// <param name="Name">What it is called; not unique.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SuspendedAt">Since when it is shut out; null: is not.</param>
/// <param name="DeleteAt">When it is to be deleted; null: is not.</param>
public sealed record Organization(
    OrganizationId Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? SuspendedAt = null,
    DateTimeOffset? DeleteAt = null)
{
    /// <summary>Whether its keys and tokens are refused: suspended, or to be deleted.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsShut => SuspendedAt is not null || DeleteAt is not null;

    /// <summary>Grows with every change of what is shown.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Version { get; init; } = 1;
}

/// <param name="Organization">Whose it is, or the one that a person's token is bound to.</param>
/// <param name="Name">What the token is for, up to 100 characters.</param>
/// <param name="ExpiresAt">Null never expires.</param>
/// <param name="Kind">Null: the organization's, or an operator's where there is none.</param>
/// <param name="Scopes">Narrows it to these permissions; null does not.</param>
public sealed record TokenRequest(
    OrganizationId? Organization, string Name, DateTimeOffset? ExpiresAt, TokenKind? Kind = null,
    IReadOnlyList<Permission>? Scopes = null);

/// <param name="Secret">Reads <c>slc_at_…</c>; stored hashed, never shown again.</param>
public sealed record IssuedToken(
    TokenId Id, OrganizationId? Organization, string Name, string Secret, DateTimeOffset? ExpiresAt, TokenKind Kind,
    IReadOnlyList<Permission>? Scopes);
