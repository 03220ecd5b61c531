using System.Collections.Frozen;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;
using Sluice.Gateway.Usage;

namespace Sluice.Gateway;

/// <summary>
/// What the steps read: the snapshot of services, swapped whole, and the callers, patched one by one. The host feeds it.
/// </summary>
public sealed class GatewayState : IDisposable
{
    private readonly UsageJournal _journal;
    private readonly UpstreamFactory _upstreams;
    private long _lastGeneration;
    private volatile GatewaySnapshot _snapshot = GatewaySnapshot.Empty;

    public GatewayState(UsageJournal journal)
    {
        _journal = journal;
        _upstreams = new UpstreamFactory(journal);
    }

    public Callers Callers { get; } = new();

    internal GatewaySnapshot Snapshot => _snapshot;

    /// <summary>Whether a first snapshot was taken: before that the process is not ready.</summary>
    public bool Loaded { get; private set; }

    /// <summary>Replaces all services. Unchanged upstreams keep their connections and what is known of their health.</summary>
    public void Swap(IReadOnlyList<ServiceConfig> services)
    {
        var before = _snapshot.Services;
        var built = services.Select(config => Build(config, before.GetValueOrDefault(config.Name)));
        _snapshot = new GatewaySnapshot(built.ToFrozenDictionary(s => s.Name, StringComparer.OrdinalIgnoreCase));
        _upstreams.Keep(_snapshot.Services.Values.SelectMany(service => service.Upstreams).ToHashSet());
        Loaded = true;
    }

    private Service Build(ServiceConfig config, Service? before)
    {
        var upstreams = config.Upstreams.Select(u => _upstreams.Get(config, u)).ToArray();
        var same = before is not null && before.Config with { Upstreams = [] } == config with { Upstreams = [] };
        var methods = same ? before!.Methods : new MethodTable(
            config.MethodUnits, config.DefaultUnits, _journal.Name, config.JsonRpc ? config.KeepMs : null);
        var generation = before is not null && AnswersAlike(before.Config, config) ? before.Generation : ++_lastGeneration;
        return new Service(config, _journal.Name(config.Name), generation, methods, upstreams);
    }

    // What is kept of a service outlives a snapshot only where nothing that answers has changed: not a published
    // version, and not a credential behind a reference either, which changes without one.
    private static bool AnswersAlike(ServiceConfig before, ServiceConfig now) =>
        before.PriceVersion == now.PriceVersion && before.JsonRpc == now.JsonRpc && before.ChainId == now.ChainId
        && before.Upstreams.SequenceEqual(now.Upstreams)
        && before.KeepMs.Count == now.KeepMs.Count
        && before.KeepMs.All(rule => now.KeepMs.TryGetValue(rule.Key, out var ms) && ms == rule.Value);

    public void Dispose() => _upstreams.Dispose();
}
