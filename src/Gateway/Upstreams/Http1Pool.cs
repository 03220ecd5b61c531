using System.Collections.Concurrent;
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

    private readonly DnsEndPoint _target;
    private readonly byte[] _head;
    private readonly int _connectionsMax;
    private readonly int _connectTimeoutMs;
    private readonly ConcurrentQueue<Http1Connection> _idle = new();
    private readonly HashSet<Http1Connection> _open = [];
    private readonly Timer _sweep;
    private int _busy;
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
            Volatile.Write(ref connection.Deadline, 0);
            GiveBack(connection);
        }
        Interlocked.Decrement(ref _busy);
    }

    private Http1Connection? TakeIdle()
    {
        while (_idle.TryDequeue(out var connection))
        {
            if (Environment.TickCount64 - connection.IdleSince < CheckAfterIdleMs || !connection.IsStale())
                return connection;
            Close(connection);
        }
        return null;
    }

    private void GiveBack(Http1Connection connection)
    {
        if (!connection.Usable || _disposed)
        {
            Close(connection);
            return;
        }
        connection.IdleSince = Environment.TickCount64;
        _idle.Enqueue(connection);
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
            answer.Fault = error is SocketException ? TransportFault.Connect : TransportFault.Timeout;
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
                if (deadline != 0 && now > deadline) connection.Abort();
            }
        }
        // The queue is oldest first, so the look stops at the first young one.
        while (_idle.TryPeek(out var oldest) && now - oldest.IdleSince > IdleMsMax && _idle.TryDequeue(out var taken))
        {
            if (now - taken.IdleSince > IdleMsMax) Close(taken);
            else _idle.Enqueue(taken);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _sweep.Dispose();
        while (_idle.TryDequeue(out var connection)) Close(connection);
    }
}
