using System.Diagnostics.Metrics;

namespace Sluice.Gateway.WebSockets;

/// <summary>The instruments of sockets, in the data plane's meter.</summary>
internal sealed class SocketMetrics : IDisposable
{
    private readonly Meter _meter = new("Sluice.Gateway");
    private readonly UpDownCounter<int> _open;
    private readonly Counter<long> _strays;
    private readonly Counter<long> _endings;

    public SocketMetrics()
    {
        _open = _meter.CreateUpDownCounter<int>("sluice.socket.open", "{socket}", "Clients' sockets open.");
        _strays = _meter.CreateCounter<long>(
            "sluice.socket.strays", "{message}",
            "Upstream messages dropped: an unknown id, or a push nobody asked for.");
        _endings = _meter.CreateCounter<long>("sluice.socket.closed", "{socket}", "Sockets ended, by close code.");
    }

    public void Opened() => _open.Add(1);

    public void Closed(int code)
    {
        _open.Add(-1);
        _endings.Add(1, new KeyValuePair<string, object?>("code", code));
    }

    public void Stray() => _strays.Add(1);

    public void Dispose() => _meter.Dispose();
}
