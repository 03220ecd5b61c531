using System.Net.WebSockets;
using System.Text;

namespace Sluice.Gateway.WebSockets;

/// <summary>How a socket ended.</summary>
/// <param name="Code">Close code for the client (RFC 6455, 7.4.1).</param>
/// <param name="Error">What calls still under way are answered with; null when nobody is there to hear it.</param>
internal sealed record Ending(int Code, string Reason, GatewayError? Error)
{
    public static readonly Ending ClientGone = new(1000, "", null);
    public static readonly Ending UpstreamGone = new(1011, "The upstream closed the connection.", GatewayError.UpstreamFailed);
    public static readonly Ending UpstreamTooLarge = new(
        1011, "The upstream's message is too large.", GatewayError.UpstreamTooLarge);
    public static readonly Ending TooLarge = new(
        1009, "The message is larger than this service takes.", GatewayError.BodyTooLarge);
    public static readonly Ending CannotMeter = new(1011, "The gateway cannot record usage right now.", GatewayError.CannotMeter);
    public static readonly Ending Idle = new(1001, "No message for too long.", GatewayError.UpstreamTimeout);
    public static readonly Ending Draining = new(1001, "This gateway is shutting down; connect again.", GatewayError.Draining);

    /// <summary>Against the rules or the limits.</summary>
    public static Ending Policy(string reason) => new(1008, reason, null);
}

/// <summary>
/// A client's socket and its one upstream socket. Sends are ordered and wait for the reader: no queue can grow. The
/// first ending counts.
/// </summary>
internal sealed class SocketPair(WebSocket client, WebSocket upstream, int stallMs) : IDisposable
{
    private const int ReasonBytesMax = 123;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _toClient = new(1, 1);
    private readonly SemaphoreSlim _toUpstream = new(1, 1);
    private readonly TaskCompletionSource<Ending> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private long _movedMs = Environment.TickCount64;

    public WebSocket Client { get; } = client;
    public WebSocket Upstream { get; } = upstream;

    public Task<Ending> Ending => _ending.Task;
    public bool IsEnding => _ending.Task.IsCompleted;

    /// <summary>Cancelled once nothing may be waited for any more.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>When a message last moved, tick count.</summary>
    public long MovedMs => Volatile.Read(ref _movedMs);

    public void Moved() => Volatile.Write(ref _movedMs, Environment.TickCount64);

    public void End(Ending how) => _ending.TrySetResult(how);

    /// <summary>Sends to the client; false when it is gone.</summary>
    public ValueTask<bool> ToClient(ReadOnlyMemory<byte> bytes, WebSocketMessageType type, bool last) =>
        Send(Client, _toClient, bytes, type, last);

    public ValueTask<bool> ToUpstream(ReadOnlyMemory<byte> bytes, WebSocketMessageType type, bool last) =>
        Send(Upstream, _toUpstream, bytes, type, last);

    /// <summary>Says goodbye to both, waits a moment for their answers, and then lets go.</summary>
    public async Task Close(Ending how, Task pumps)
    {
        await Task.WhenAll(
            CloseOne(Client, _toClient, how.Code, how.Reason), CloseOne(Upstream, _toUpstream, 1000, "")).ConfigureAwait(false);
        await pumps.WaitAsync(Farewell).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (pumps.IsCompleted) await HearGoodbye(Client).ConfigureAwait(false);
        Client.Abort();
        Upstream.Abort();
        await _over.CancelAsync().ConfigureAwait(false);
        await pumps.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        Client.Dispose();
        Upstream.Dispose();
        _toClient.Dispose();
        _toUpstream.Dispose();
        _over.Dispose();
    }

    private async ValueTask<bool> Send(
        WebSocket socket, SemaphoreSlim turn, ReadOnlyMemory<byte> bytes, WebSocketMessageType type, bool last)
    {
        try
        {
            await turn.WaitAsync(Over).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        try
        {
            if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) return false;
            // A large message goes in fragments: one send would copy it whole and tell nothing of its progress.
            while (true)
            {
                var piece = bytes[..Math.Min(bytes.Length, Stall.PieceBytes)];
                bytes = bytes[piece.Length..];
                var sending = socket.SendAsync(piece, type, last && bytes.IsEmpty, CancellationToken.None);
                if (!await Stall.Ends(sending, stallMs).ConfigureAwait(false))
                {
                    // Whoever reads nothing for so long would hold the other side, and what it has sent, for ever.
                    socket.Abort();
                    return false;
                }
                Moved();
                if (bytes.IsEmpty) return true;
            }
        }
        catch (Exception error) when (IsLoss(error))
        {
            return false;
        }
        finally
        {
            turn.Release();
        }
    }

    // An abort takes back what the other side has not read yet, the reason for the end among it, so its own goodbye is
    // waited for where nobody reads any more.
    private static async Task HearGoodbye(WebSocket socket)
    {
        using var limit = new CancellationTokenSource(Farewell);
        var dropped = new byte[1024];
        try
        {
            while (socket.State == WebSocketState.CloseSent)
                await socket.ReceiveAsync(dropped.AsMemory(), limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (IsLoss(error))
        {
            socket.Abort();
        }
    }

    private static async Task CloseOne(WebSocket socket, SemaphoreSlim turn, int code, string reason)
    {
        // A reader that stands still would hold the turn for ever.
        if (!await turn.WaitAsync(Farewell).ConfigureAwait(false)) return;
        using var limit = new CancellationTokenSource(Farewell);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync((WebSocketCloseStatus)code, Short(reason), limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (IsLoss(error))
        {
            socket.Abort();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Whether an exception says no more than that a socket is gone.</summary>
    public static bool IsLoss(Exception error) => error
        is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException
        or InvalidOperationException or System.Net.Sockets.SocketException;

    // The protocol holds 123 bytes of reason; the gateway's own are ASCII.
    private static string Short(string reason) =>
        Encoding.UTF8.GetByteCount(reason) <= ReasonBytesMax ? reason : reason[..Math.Min(reason.Length, ReasonBytesMax / 4)];
}
