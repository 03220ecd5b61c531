using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>Sessions of signed-in people: kept in the database, so that an end is an end everywhere at once.</summary>
public interface ISessions
{
    /// <summary>The live sessions of the actor's user, the latest used first.</summary>
    Task<IReadOnlyList<Session>> List(Actor actor, CancellationToken ct = default);

    /// <summary>Ends one session of the actor's user. Twice is no fault.</summary>
    Task<Result<Done>> Revoke(SessionId id, Actor actor, CancellationToken ct = default);

    /// <summary>Ends all sessions of the actor's user but the actor's own; returns how many.</summary>
    Task<Result<int>> RevokeOthers(Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Who a session's secret stands for; null when it is unknown, ended, idle for too long, or its user suspended. Notes when
    /// it was seen, at most once a minute.
    /// </summary>
    Task<Actor?> Authenticate(string secret, Origin from, CancellationToken ct = default);
}

/// <param name="Id">Opens nothing.</param>
/// <param name="Device">Browser and system in words: <c>Firefox on Linux</c>.</param>
/// <param name="Network">Address prefix, /24 or /48.</param>
/// <param name="CreatedAt">Sign-in.</param>
/// <param name="LastSeenAt">To the minute.</param>
/// <param name="ExpiresAt">Its end at the latest.</param>
/// <param name="IsCurrent">Whether it is the actor's own.</param>
public sealed record Session(
    SessionId Id, string Device, string Network, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, DateTimeOffset ExpiresAt,
    bool IsCurrent);
