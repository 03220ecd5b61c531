using Sluice.Gateway.Upstreams;

namespace Sluice.Gateway.Snapshot;

/// <summary>A service in a snapshot: its configuration with what is derived from it once.</summary>
internal sealed class Service(
    ServiceConfig config, uint journalName, long generation, MethodTable methods, Upstream[] upstreams)
{
    public ServiceConfig Config { get; } = config;
    public string Name => Config.Name;
    public uint JournalName { get; } = journalName;
    /// <summary>Another number for everything that could answer differently: a new version, other upstreams.</summary>
    public long Generation { get; } = generation;
    public MethodTable Methods { get; } = methods;
    public Upstream[] Upstreams { get; } = upstreams;
}
