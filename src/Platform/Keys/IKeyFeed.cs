using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys;

/// <summary>
/// What the data plane must know of keys: all at start, afterwards the changes in the order of their commits.
/// </summary>
public interface IKeyFeed
{
    /// <summary>The number of the last committed change. Cheap: one row.</summary>
    Task<long> LastChange(CancellationToken ct = default);

    /// <summary>All apps, streamed.</summary>
    IAsyncEnumerable<AppState> Apps(CancellationToken ct = default);

    /// <summary>All keys that may still be used, streamed: a million in seconds.</summary>
    IAsyncEnumerable<KeyState> Keys(CancellationToken ct = default);

    /// <summary>Organizations that are suspended: none of their keys may be used.</summary>
    Task<IReadOnlyList<OrganizationId>> Suspended(CancellationToken ct = default);

    /// <summary>Changes after <paramref name="after"/>, at most <paramref name="limit"/>, oldest first.</summary>
    Task<IReadOnlyList<KeyChange>> Changes(long after, int limit, CancellationToken ct = default);

    /// <summary>
    /// Told by Keys after the commit of a change, before the caller gets its answer: the node applies what is new.
    /// </summary>
    Func<CancellationToken, Task>? Applied { get; set; }
}

public sealed record AppState(AppId Id, OrganizationId Organization, AppRules Rules, LimitSet Limits);

/// <param name="Hash">SHA-256 of the whole key text: 32 bytes.</param>
public sealed record KeyState(
    KeyId Id, AppId App, KeyKind Kind, byte[] Hash, LimitSet Limits, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>An organization as the data plane must know it.</summary>
public sealed record OrganizationState(OrganizationId Id, bool Suspended);

/// <summary>One change: the app, the key, or the organization as it is now.</summary>
public sealed record KeyChange(long Number, AppState? App, KeyState? Key, OrganizationState? Organization = null);
