using System.Net.WebSockets;
using System.Text;
using Sluice.Kernel;

namespace Sluice.Integration.Chaos;

/// <summary>WebSocket clients beside a <see cref="Load"/>, which keeps the book: each calls, waits, and calls again.</summary>
internal sealed class SocketLoad : IAsyncDisposable
{
    private static readonly TimeSpan Reconnect = TimeSpan.FromMilliseconds(20);
    private static readonly byte[] Message =
        Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":"a","method":"eth_gasPrice","params":[]}""");

    private readonly Load _load;
    private readonly Uri _url;
    private readonly string _key;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public SocketLoad(Load load, int port, string key, int count)
    {
        (_load, _url, _key) = (load, new Uri($"ws://127.0.0.1:{port}/v1/{Installation.Service}"), key);
        _running = Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(Run)));
    }

    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _stop.Dispose();
    }

    private async Task Run()
    {
        while (!_stop.IsCancellationRequested)
        {
            using var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("X-API-Key", _key);
            socket.Options.CollectHttpResponseDetails = true;
            var life = _load.Life;
            try
            {
                await socket.ConnectAsync(_url, _stop.Token);
            }
            catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
            {
                await Task.Delay(Reconnect, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }
            await Talk(socket, life);
        }
    }

    private async Task Talk(ClientWebSocket socket, int life)
    {
        WireId.TryDecode(socket.HttpResponseHeaders!["X-Request-Id"].Single(), out var id);
        var (answered, broken, errors) = (0, 0, 0);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var buffer = new byte[4096];
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                broken = 1;
                await socket.SendAsync(Message, WebSocketMessageType.Text, true, limit.Token);
                var got = await socket.ReceiveAsync(buffer, limit.Token);
                if (got.MessageType != WebSocketMessageType.Text || !got.EndOfMessage) break;
                if (buffer.AsSpan(0, got.Count).IndexOf("\"result\""u8) < 0) errors++;
                answered++;
                broken = 0;
                await Task.Delay(2, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            if (broken == 0) await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
        {
            if (broken > 0) _load.Note(new Unanswered(1, life, fault.Message));
        }
        if (answered > 0) _load.Note(new Answer(id, 200, answered, life, errors) { PerhapsMore = broken });
    }
}
