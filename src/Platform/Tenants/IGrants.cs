using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// What a person let programs have: access tokens, one after the other, each got with the refresh token of the one before. A
/// grant ends with the session or the personal token that it came from.
/// </summary>
public interface IGrants
{
    /// <summary>The live grants of the actor's user, the latest used first.</summary>
    Task<IReadOnlyList<Grant>> List(Actor actor, CancellationToken ct = default);

    /// <summary>Ends one of the actor's user: its tokens are refused at once. Twice is no fault.</summary>
    Task<Result<Done>> Revoke(TokenId id, Actor actor, CancellationToken ct = default);
}

/// <param name="Id">As it stands in the tokens (<c>sid</c>); opens nothing.</param>
/// <param name="Session">The session that it came from, and ends with; null: came from a personal token.</param>
/// <param name="Token">The personal token that it came from, and ends with; null: came from a session.</param>
/// <param name="Scopes">Permissions that it was narrowed to; null: was not.</param>
/// <param name="CreatedAt">When it was given.</param>
/// <param name="LastUsedAt">When it was last refreshed.</param>
/// <param name="ExpiresAt">Its end at the latest.</param>
/// <param name="Agent">The program that asked, as it calls itself.</param>
/// <param name="Network">From where it was asked: an address prefix, /24 or /48.</param>
public sealed record Grant(
    TokenId Id, SessionId? Session, TokenId? Token, IReadOnlyList<string>? Scopes, DateTimeOffset CreatedAt,
    DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt, string Agent, string Network);
