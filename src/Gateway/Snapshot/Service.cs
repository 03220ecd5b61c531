using Sluice.Gateway.Upstreams;

namespace Sluice.Gateway.Snapshot;

/// <summary>A service in a snapshot: its configuration with what is derived from it once.</summary>
internal sealed class Service(ServiceConfig config, uint journalName, MethodTable methods, Upstream[] upstreams)
{
    public ServiceConfig Config { get; } = config;
    public string Name => Config.Name;
    public uint JournalName { get; } = journalName;
    public MethodTable Methods { get; } = methods;
    public Upstream[] Upstreams { get; } = upstreams;
}
