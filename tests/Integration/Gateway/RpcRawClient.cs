using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Integration.Gateway;

/// <summary>A client that writes its own bytes, so that it can be as wrong as it likes.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public static async Task<RawClient> Connect(int port)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        return client;
    }

    public static string Request(string target, string? key, string body, params string[] headers) =>
        $"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
        + (key is null ? "" : $"Authorization: Bearer {key}\r\n")
        + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n" + body;

    public Task Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public async Task Send(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await _socket.SendAsync(bytes.AsMemory(sent));
    }

    /// <summary>All that comes until the other side closes, a deadline passes, or <paramref name="until"/> was seen.</summary>
    public async Task<string> Receive(string? until = null, int timeoutMs = 10_000)
    {
        using var limit = new CancellationTokenSource(timeoutMs);
        var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var count = await _socket.ReceiveAsync(buffer, limit.Token);
                if (count == 0) break;
                all.Write(buffer, 0, count);
                if (until is not null && Encoding.UTF8.GetString(all.ToArray()).Contains(until, StringComparison.Ordinal)) break;
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return Encoding.UTF8.GetString(all.ToArray());
        }
        return Encoding.UTF8.GetString(all.ToArray());
    }

    public void Close() => _socket.Close();

    /// <summary>No more bytes will come; answers are still read.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();
}
