using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Sluice.Gateway.Upstreams;

/// <summary>
/// Connections to one plain-text upstream. A call takes an idle one or makes one, and gives it back when the answer
/// ended cleanly. One timer for all of them ends calls whose time is up.
/// </summary>
internal sealed class Http1Pool : IUpstreamTransport
{
    private const int SweepMs = 50;
    private const long CheckAfterIdleMs = 500;
    private const long IdleMsMax = 60_000;
    private const long LingerMs = 300_000;

    private readonly DnsEndPoint _target;
    private readonly byte[] _head;
    private readonly int _connectionsMax;
    private readonly int _connectTimeoutMs;
    private readonly IdleConnections _idle = new();
    private readonly HashSet<Http1Connection> _open = [];
    private readonly Timer _sweep;
    private int _busy;
    private long _suspectUntil;
    private long _disposedAt;
    private volatile bool _disposed;

    /// <param name="target">Host and port.</param>
    /// <param name="head">The request's head up to and including <c>Content-Length: </c>.</param>
    /// <param name="connectionsMax">Calls at once; one more is told that the upstream is busy.</param>
    /// <param name="connectTimeoutMs">How long a connection may take to come about.</param>
    public Http1Pool(DnsEndPoint target, byte[] head, int connectionsMax, int connectTimeoutMs)
    {
        _target = target;
        _head = head;
        _connectionsMax = connectionsMax;
        _connectTimeoutMs = connectTimeoutMs;
        _sweep = new Timer(static pool => ((Http1Pool)pool!).Sweep(), this, SweepMs, SweepMs);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask Send(ReadOnlyMemory<byte> body, UpstreamAnswer answer, int timeoutMs, long bodyBytesMax)
    {
        answer.Clear();
        if (Interlocked.Increment(ref _busy) > _connectionsMax)
        {
            Interlocked.Decrement(ref _busy);
            answer.Fault = TransportFault.Busy;
            return;
        }
        var deadline = Environment.TickCount64 + timeoutMs;
        var connection = TakeIdle() ?? await Connect(answer, Math.Min(timeoutMs, _connectTimeoutMs)).ConfigureAwait(false);
        if (connection is not null)
        {
            Volatile.Write(ref connection.Deadline, deadline);
            await connection.Exchange(_head, body, answer, bodyBytesMax).ConfigureAwait(false);
            // Whoever takes the deadline away decides: from here on the sweep cannot end this connection any more.
            var ended = Interlocked.Exchange(ref connection.Deadline, 0) == Http1Connection.Ended;
            if (answer.Fault == TransportFault.Closed && answer.ConnectionReused)
                Volatile.Write(ref _suspectUntil, Environment.TickCount64);
            GiveBack(connection, connection.Usable && !ended);
        }
        Interlocked.Decrement(ref _busy);
    }

    private Http1Connection? TakeIdle()
    {
        while (_idle.Take(IdleConnections.ThisThread) is { } connection)
        {
            // One closed by the upstream is seldom alone, so all that were idle at that time are looked at.
            var trusted = Environment.TickCount64 - connection.IdleSince < CheckAfterIdleMs
                && connection.IdleSince > Volatile.Read(ref _suspectUntil);
            if (trusted || !connection.IsStale()) return connection;
            Close(connection);
        }
        return null;
    }

    private void GiveBack(Http1Connection connection, bool usable)
    {
        if (!usable || _disposed)
        {
            Close(connection);
            return;
        }
        connection.IdleSince = Environment.TickCount64;
        _idle.GiveBack(connection, IdleConnections.ThisThread);
    }

    private async ValueTask<Http1Connection?> Connect(UpstreamAnswer answer, int timeoutMs)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(timeoutMs);
        try
        {
            await socket.ConnectAsync(_target, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            // Slow or refused: in either case the upstream never saw the call, so it may go elsewhere.
            answer.Fault = TransportFault.Connect;
            return null;
        }
        var connection = new Http1Connection(socket);
        lock (_open) _open.Add(connection);
        return connection;
    }

    private void Close(Http1Connection connection)
    {
        lock (_open) _open.Remove(connection);
        connection.Dispose();
    }

    private void Sweep()
    {
        var now = Environment.TickCount64;
        lock (_open)
        {
            foreach (var connection in _open)
            {
                var deadline = Volatile.Read(ref connection.Deadline);
                if (deadline > 0 && now > deadline
                    && Interlocked.CompareExchange(ref connection.Deadline, Http1Connection.Ended, deadline) == deadline)
                    connection.Abort();
            }
        }
        while (_idle.TakeIdleSince(now - IdleMsMax) is { } old) Close(old);
        if (_disposed && now - _disposedAt > LingerMs && Volatile.Read(ref _busy) == 0) _sweep.Dispose();
    }

    public void Dispose()
    {
        _disposedAt = Environment.TickCount64;
        _disposed = true;
        // The sweep goes on for a while: calls under way, and those that still hold the last snapshot, have deadlines.
        while (_idle.Take(IdleConnections.ThisThread) is { } connection) Close(connection);
    }
}
