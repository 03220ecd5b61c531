using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Integration.Origins;

/// <summary>
/// A stand-in upstream on a raw socket, so that it can break every rule of the wire. Each request is answered by the
/// next queued behaviour, else by <see cref="Default"/>. Health probes (see <see cref="IsProbe"/>) are answered
/// properly, take nothing from the queue and are counted apart, unless <see cref="ProbesMisbehave"/>.
/// </summary>
public sealed class MisbehavingOrigin : IAsyncDisposable
{
    private static readonly HashSet<string> ProbeMethods = new(StringComparer.Ordinal)
    {
        "eth_chainId", "eth_blockNumber", "eth_syncing", "net_version", "getGenesisHash", "getSlot", "getHealth",
    };

    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, Socket> _open = new();
    private readonly ConcurrentQueue<Behaviour> _queue = new();
    private readonly ConcurrentQueue<ReceivedRequest> _received = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly Task _accepting;
    private int _connections;
    private long _calls;
    private long _probes;

    private MisbehavingOrigin(Socket listener)
    {
        _listener = listener;
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _accepting = Task.Run(Accept);
    }

    public int Port { get; }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    public string SocketUrl => string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{Port}");

    /// <summary>What answers when nothing is queued: correct JSON-RPC.</summary>
    public Behaviour Default { get; set; } = Behaviours.JsonRpc();

    /// <summary>What happens on a WebSocket: JSON-RPC with subscriptions.</summary>
    public SocketBehaviour Socket { get; set; } = SocketBehaviours.JsonRpc();

    public Func<ReceivedRequest, bool> IsProbe { get; set; } =
        request => request.Methods is { Count: > 0 } methods && methods.All(ProbeMethods.Contains);

    /// <summary>Lets probes meet the same behaviours as calls.</summary>
    public bool ProbesMisbehave { get; set; }

    /// <summary>HTTP requests received, probes apart.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    public long Probes => Interlocked.Read(ref _probes);

    /// <summary>Connections accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections open now.</summary>
    public int OpenConnections => _open.Count;

    /// <summary>All requests in the order of arrival, probes apart.</summary>
    public IReadOnlyList<ReceivedRequest> Received => [.. _received];

    /// <summary>What the client did against the protocol, and behaviours that were cut off by it.</summary>
    public IReadOnlyList<string> Faults => [.. _faults];

    /// <summary>Messages that came up on sockets.</summary>
    public ConcurrentQueue<string> SocketMessages { get; } = new();

    public static MisbehavingOrigin Start(int port = 0)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1024);
        return new MisbehavingOrigin(listener);
    }

    /// <summary>Answers the next requests with these, in order.</summary>
    public void Next(params IReadOnlyList<Behaviour> behaviours)
    {
        foreach (var behaviour in behaviours) _queue.Enqueue(behaviour);
    }

    /// <summary>Cuts every open connection without a word, idle ones included.</summary>
    public void CutConnections()
    {
        foreach (var socket in _open.Values) socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        CutConnections();
        await _accepting;
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                var number = Interlocked.Increment(ref _connections);
                _open[number] = socket;
                _ = Serve(socket, number, _stop.Token);
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException
                or ObjectDisposedException)
            {
                if (_stop.IsCancellationRequested) return;
            }
        }
    }

    private async Task Serve(Socket socket, int number, CancellationToken ct)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var reader = new RequestReader(stream, number);
            while (await reader.Next(ct) is { } request)
            {
                if (request.Header("Upgrade") is not null && request.Header("Sec-WebSocket-Key") is not null)
                {
                    _received.Enqueue(request);
                    await SocketWire.Serve(this, request, stream, reader.Rest(), ct);
                    return;
                }
                var exchange = new OriginExchange(request, socket, stream, this);
                await Choose(request)(exchange, ct);
                if (!exchange.KeepAlive) return;
            }
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException
            or OperationCanceledException or InvalidDataException or FormatException)
        {
            // A test that cares reads it; most tests break connections on purpose.
            _faults.Enqueue($"connection {number}: {fault.Message}");
        }
        finally
        {
            _open.TryRemove(number, out _);
        }
    }

    private Behaviour Choose(ReceivedRequest request)
    {
        if (IsProbe(request))
        {
            Interlocked.Increment(ref _probes);
            if (!ProbesMisbehave) return Behaviours.JsonRpc();
        }
        else
        {
            _received.Enqueue(request);
            Interlocked.Increment(ref _calls);
        }
        return _queue.TryDequeue(out var next) ? next : Default;
    }
}
