using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Access tokens to Sluice's own API: an organization's, which count as an admin there, an operator's, and a person's, which
/// have what the person has. Scopes narrow each of them.
/// </summary>
public interface ITokens
{
    /// <summary>
    /// Tokens that are not revoked, by creation, pages of at most 200: the actor's own, an organization's, or the operators'.
    /// </summary>
    Task<Result<IReadOnlyList<AccessToken>>> List(
        TokenKind kind, OrganizationId? organization, Actor actor, TokenId? after = null, int limit = 200,
        CancellationToken ct = default);
}

/// <summary>Whose a token is.</summary>
public enum TokenKind
{
    Operator,
    Organization,
    Personal,
}

/// <param name="Id">Opens nothing.</param>
/// <param name="Kind">Whose it is.</param>
/// <param name="Organization">The organization's, or the one that a person's token is bound to.</param>
/// <param name="User">The person's.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Hint">The first characters and the last four, to recognize it by.</param>
/// <param name="Scopes">Null: not narrowed.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">Null never expires.</param>
/// <param name="LastUsedAt">To the minute; null: never.</param>
public sealed record AccessToken(
    TokenId Id, TokenKind Kind, OrganizationId? Organization, UserId? User, string Name, string Hint,
    IReadOnlyList<Permission>? Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);
