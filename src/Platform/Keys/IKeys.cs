using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys;

/// <summary>Apps with their rules and limits, and the keys that speak for them.</summary>
public interface IKeys
{
    Task<Result<App>> CreateApp(
        OrganizationId organization, string name, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>The first 1000 apps of an organization, by creation; none where the actor may not look.</summary>
    Task<IReadOnlyList<App>> Apps(OrganizationId organization, Actor actor, CancellationToken ct = default);

    /// <summary>Apps by creation after one of them, pages of at most 1000.</summary>
    Task<IReadOnlyList<App>> Apps(
        OrganizationId organization, Actor actor, AppId? after, int limit, CancellationToken ct = default);

    Task<App?> FindApp(AppId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Replaces an app's rules. A refusal lists every rule at fault; with a <paramref name="version"/> it is refused when
    /// the app has another one.
    /// </summary>
    Task<Result<App>> SetRules(
        AppId id, AppRules rules, Actor actor, UnitOfWork? work = null, long? version = null,
        CancellationToken ct = default);

    /// <summary>Replaces an app's limits, likewise.</summary>
    Task<Result<App>> SetAppLimits(
        AppId id, LimitSet limits, Actor actor, UnitOfWork? work = null, long? version = null,
        CancellationToken ct = default);

    /// <summary>
    /// Creates a key; returns once this node answers to it. A publishable key needs an app with at least one rule.
    /// </summary>
    Task<Result<IssuedKey>> CreateKey(
        KeyRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>The first 1000 keys of an app, by creation; none where the actor may not look.</summary>
    Task<IReadOnlyList<Key>> Keys(AppId app, Actor actor, CancellationToken ct = default);

    /// <summary>Keys by creation after one of them, pages of at most 1000.</summary>
    Task<IReadOnlyList<Key>> Keys(AppId app, Actor actor, KeyId? after, int limit, CancellationToken ct = default);

    /// <summary>Ends a key at once: every node refuses it within a second.</summary>
    Task<Result<Done>> RevokeKey(KeyId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Issues a successor with the same app, kind, name, limits and expiry; the old key works for the overlap (0 to 30
    /// days). Refused when the key has a successor already, or when the key before it still works.
    /// </summary>
    Task<Result<IssuedKey>> RotateKey(
        KeyId id, TimeSpan overlap, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);
}

public sealed record App(
    AppId Id, OrganizationId Organization, string Name, AppRules Rules, LimitSet Limits, DateTimeOffset CreatedAt)
{
    /// <summary>Grows with every change of the app.</summary>
    public long Version { get; init; }
}

/// <summary>Values of one type are OR-ed, types are AND-ed, an empty type allows all.</summary>
public sealed record AppRules
{
    /// <summary>Service names.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];
    /// <summary>JSON-RPC methods; <c>*</c> matches any run of characters (<c>eth_*</c>).</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];
    /// <summary>Contract addresses: <c>0x</c> and 40 hex digits.</summary>
    public IReadOnlyList<string> Contracts { get; init; } = [];
    /// <summary>Origins: <c>https://app.example</c>, with port where it is not the default; <c>*.</c> for subdomains.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];
    /// <summary>User agents; <c>*</c> matches any run of characters.</summary>
    public IReadOnlyList<string> UserAgents { get; init; } = [];
    /// <summary>Addresses or networks in CIDR notation, IPv4 and IPv6.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    public bool IsEmpty =>
        Services.Count + Methods.Count + Contracts.Count + Origins.Count + UserAgents.Count + Networks.Count == 0;
}

public enum KeyKind { Secret, Publishable }

public sealed record KeyRequest(AppId App, KeyKind Kind, string Name, LimitSet? Limits = null, DateTimeOffset? ExpiresAt = null);

/// <param name="Hint">The first characters and the last four, to recognize a key by.</param>
public sealed record Key(
    KeyId Id, AppId App, OrganizationId Organization, KeyKind Kind, string Name, string Hint, LimitSet Limits,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <param name="Secret">Reads <c>slc_sk_…</c> or <c>slc_pk_…</c>; stored hashed, never shown again.</param>
public sealed record IssuedKey(Key Key, string Secret);
