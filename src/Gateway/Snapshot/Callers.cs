using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Rules;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Snapshot;

/// <summary>What the data plane is told of an app.</summary>
public sealed record AppConfig(Guid Id, Guid Organization, AppRuleLists Rules, LimitSettings Limits);

/// <summary>The values of an app's rules: OR within a list, AND between lists, an empty list allows all.</summary>
public sealed record AppRuleLists(
    IReadOnlyList<string> Services, IReadOnlyList<string> Methods, IReadOnlyList<string> Contracts,
    IReadOnlyList<string> Origins, IReadOnlyList<string> UserAgents, IReadOnlyList<string> Networks)
{
    public static readonly AppRuleLists Empty = new([], [], [], [], [], []);
}

/// <summary>What the data plane is told of a key. <paramref name="Hash"/> is SHA-256 of its text.</summary>
public sealed record KeyConfig(
    Guid Id, Guid App, bool Publishable, ReadOnlyMemory<byte> Hash, LimitSettings Limits,
    DateTimeOffset? ExpiresAt, bool Revoked);

/// <summary>What the data plane is told of an organization.</summary>
public sealed record OrganizationConfig(Guid Id, bool Suspended);

/// <summary>What an organization's plan allows.</summary>
public sealed record PlanConfig(IReadOnlyList<string> Services, LimitSettings Limits);

/// <summary>An organization with the limits of the plan it is on.</summary>
internal sealed class OrganizationState(Guid id, PlanConfig plan)
{
    public Guid Id { get; } = id;
    public volatile PlanServices Services = new(plan.Services);

    /// <summary>While set, every call of its keys is refused.</summary>
    public volatile bool Suspended;

    public LimitScope Plan { get; } = new(id, QuotaScopes.PlanDay, QuotaScopes.PlanMonth, plan.Limits);
}

/// <summary>The services of a plan.</summary>
internal sealed class PlanServices(IReadOnlyList<string> names)
{
    private readonly HashSet<string>? _names = names.Contains("*") ? null : new(names, StringComparer.OrdinalIgnoreCase);

    public bool Allows(string service) => _names is null || _names.Contains(service);
}

/// <summary>An app with its rules and limits; shared by its keys.</summary>
internal sealed class AppState(AppConfig config, OrganizationState organization)
{
    public Guid Id { get; } = config.Id;
    public OrganizationState Organization { get; } = organization;
    public volatile CompiledRules Rules = Compile(config.Rules);
    public LimitScope Limits { get; } = new(config.Id, QuotaScopes.AppDay, QuotaScopes.AppMonth, config.Limits);

    public static CompiledRules Compile(AppRuleLists lists) => CompiledRules.Compile(
        lists.Services, lists.Methods, lists.Contracts, lists.Origins, lists.UserAgents, lists.Networks);
}

/// <summary>A key in use: who calls. Replaced as a whole when the key changes.</summary>
internal sealed class Caller(KeyConfig config, AppState app)
{
    public Guid Key { get; } = config.Id;
    public AppState App { get; } = app;
    public bool Publishable { get; } = config.Publishable;
    public long ExpiresAtMs { get; } = config.ExpiresAt?.ToUnixTimeMilliseconds() ?? long.MaxValue;

    /// <summary>Null when the key has no limits of its own.</summary>
    public LimitScope? Limits { get; init; }

    /// <summary>Set once the key was changed or ended; whoever remembered this caller must look again.</summary>
    public volatile bool Replaced;
}

/// <summary>
/// All callers by the hash of their key: a map that is patched one entry at a time, so that one new key among a
/// million costs nothing. Reads take no lock.
/// </summary>
public sealed class Callers
{
    private readonly ConcurrentDictionary<KeyHash, Caller> _keys;
    private readonly ConcurrentDictionary<Guid, AppState> _apps = new();
    private readonly ConcurrentDictionary<Guid, OrganizationState> _organizations = new();
    private readonly ConcurrentDictionary<Guid, LimitScope> _keyLimits = new();
    private Func<Guid, PlanConfig> _plan = static _ => new PlanConfig([], LimitSettings.None);

    /// <param name="expectedKeys">Sizes the map at start, so that it need not grow while calls are served.</param>
    public Callers(int expectedKeys = 1024) =>
        _keys = new ConcurrentDictionary<KeyHash, Caller>(Environment.ProcessorCount * 4, expectedKeys);

    public int Count => _keys.Count;

    /// <summary>Replaces the plans of all organizations.</summary>
    public void SetPlans(Func<Guid, PlanConfig> planOf)
    {
        _plan = planOf;
        foreach (var (id, organization) in _organizations)
        {
            var plan = planOf(id);
            organization.Services = new PlanServices(plan.Services);
            organization.Plan.Settings = plan.Limits;
        }
    }

    public void Apply(AppConfig config)
    {
        if (_apps.TryGetValue(config.Id, out var app))
        {
            app.Rules = AppState.Compile(config.Rules);
            app.Limits.Settings = config.Limits;
            return;
        }
        _apps[config.Id] = new AppState(config, Organization(config.Organization));
    }

    public void Apply(OrganizationConfig config) => Organization(config.Id).Suspended = config.Suspended;

    /// <summary>Adds, changes or ends a key. A key of an unknown app is left out.</summary>
    public void Apply(KeyConfig config)
    {
        var hash = new KeyHash(config.Hash.Span);
        _keys.TryGetValue(hash, out var before);
        if (config.Revoked || !_apps.TryGetValue(config.App, out var app))
        {
            _keys.TryRemove(hash, out _);
        }
        else
        {
            _keys[hash] = new Caller(config, app) { Limits = LimitsOf(config) };
        }
        if (before is not null) before.Replaced = true;
    }

    internal Caller? Find(ReadOnlySpan<byte> hash) => _keys.TryGetValue(new KeyHash(hash), out var caller) ? caller : null;

    /// <summary>The meter of a quota, if this process has one: to answer a reclaim.</summary>
    internal QuotaMeter? Meter(AllowanceQuota quota)
    {
        var scope = quota.Scope switch
        {
            QuotaScopes.KeyDay or QuotaScopes.KeyMonth => _keyLimits.GetValueOrDefault(quota.Subject),
            QuotaScopes.AppDay or QuotaScopes.AppMonth => _apps.GetValueOrDefault(quota.Subject)?.Limits,
            _ => _organizations.GetValueOrDefault(quota.Subject)?.Plan,
        };
        return scope?.Existing(quota.Scope) is { } meter && meter.Period == quota.Period ? meter : null;
    }

    private OrganizationState Organization(Guid id) =>
        _organizations.GetOrAdd(id, static (one, plan) => new OrganizationState(one, plan(one)), _plan);

    private LimitScope? LimitsOf(KeyConfig config)
    {
        if (_keyLimits.TryGetValue(config.Id, out var known))
        {
            known.Settings = config.Limits;
            return known;
        }
        return config.Limits.IsNone
            ? null
            : _keyLimits.GetOrAdd(
                config.Id, new LimitScope(config.Id, QuotaScopes.KeyDay, QuotaScopes.KeyMonth, config.Limits));
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct KeyHash : IEquatable<KeyHash>
    {
        private readonly ulong _a;
        private readonly ulong _b;
        private readonly ulong _c;
        private readonly ulong _d;

        public KeyHash(ReadOnlySpan<byte> hash)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(hash);
            (_a, _b, _c, _d) = (words[0], words[1], words[2], words[3]);
        }

        // All four words are compared whatever the first says: the time tells nothing about the stored hash.
        public bool Equals(KeyHash other) => ((_a ^ other._a) | (_b ^ other._b) | (_c ^ other._c) | (_d ^ other._d)) == 0;

        public override bool Equals(object? obj) => obj is KeyHash other && Equals(other);

        public override int GetHashCode() => _a.GetHashCode();
    }
}
