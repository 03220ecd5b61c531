using Sluice.Gateway.Steps;
using Sluice.Gateway.Usage;

namespace Sluice.Gateway.WebSockets;

/// <summary>The steps that a message on a socket goes through.</summary>
internal sealed record SocketParts(
    Admit Admit, Hold Hold, Recall Recall, Meter Meter, RefusalBook Refusals, SocketPlace Place)
{
    public UsageJournal Journal => Place.Journal;
    public SocketMetrics Metrics => Place.Metrics;
    public TimeProvider Time => Place.Time;
}

/// <summary>Where sockets live.</summary>
internal sealed record SocketPlace(
    OpenSockets Open, UsageJournal Journal, SocketMetrics Metrics, GatewayOptions Options, TimeProvider Time);
