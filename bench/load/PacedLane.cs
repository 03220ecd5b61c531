using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Load;

/// <summary>One connection of a paced run, with one call at a time.</summary>
internal sealed class PacedLane(Uri url, string key, int number) : IDisposable
{
    private const string Body = """{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}""";

    private readonly byte[] _request = Encoding.ASCII.GetBytes(
        $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: Bearer {key}\r\n"
        + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

    private readonly byte[] _answer = new byte[64 * 1024];
    private readonly int _number = number;
    private Socket? _socket;
    private int _have;

    private static ReadOnlySpan<byte> LengthHeader => "content-length:"u8;

    /// <summary>The number of the call that is under way, else of the next one.</summary>
    public int Next { get; private set; } = number;

    public bool IsAwaiting { get; private set; }

    /// <summary>Sends the next call; one that cannot be sent has failed.</summary>
    public void Send(ReadyConnections ready, int lanes)
    {
        try
        {
            _socket ??= Connect(ready);
            for (var sent = 0; sent < _request.Length;) sent += _socket.Send(_request.AsSpan(sent));
            _have = 0;
            IsAwaiting = true;
        }
        catch (SocketException)
        {
            Drop();
            Next += lanes;
        }
    }

    /// <summary>Reads what is there; true when that was the end of an answer of status 200.</summary>
    public bool Receive(int lanes)
    {
        var got = 0;
        try
        {
            got = _socket!.Receive(_answer.AsSpan(_have));
        }
        catch (SocketException)
        {
            // As an end of the connection: the call failed, the next one connects again.
        }
        if (got == 0)
        {
            if (IsAwaiting) Next += lanes;
            Drop();
            return false;
        }
        _have += got;
        var answer = _answer.AsSpan(0, _have);
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0 || !IsWhole(answer[..head], answer[(head + 4)..])) return false;
        IsAwaiting = false;
        Next += lanes;
        return answer.StartsWith("HTTP/1.1 200"u8);
    }

    public void Dispose() => _socket?.Dispose();

    private Socket Connect(ReadyConnections ready)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, url.Port));
        ready.Watch(socket.Handle, _number);
        return socket;
    }

    private void Drop()
    {
        _socket?.Dispose();
        _socket = null;
        IsAwaiting = false;
    }

    // Without an allocation: a collection here would be measured as a stall of the gateway.
    private static bool IsWhole(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var rest = head;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 2)..];
            if (line.Length <= LengthHeader.Length) continue;
            if (!Ascii.EqualsIgnoreCase(line[..LengthHeader.Length], LengthHeader)) continue;
            return Utf8Parser.TryParse(line[LengthHeader.Length..].Trim((byte)' '), out int length, out _)
                && body.Length >= length;
        }
        return body.EndsWith("0\r\n\r\n"u8);
    }
}
