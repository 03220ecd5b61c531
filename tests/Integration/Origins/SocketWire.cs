using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Integration.Origins;

/// <summary>The origin's end of a WebSocket, frame by frame, so that it can refuse to pong or die inside a frame.</summary>
public sealed class SocketWire : IDisposable
{
    private const int MessageBytesMax = 64 * 1024 * 1024;

    private readonly Stream _stream;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private byte[] _ahead;

    private SocketWire(MisbehavingOrigin origin, ReceivedRequest request, Stream stream, byte[] ahead)
    {
        Origin = origin;
        Request = request;
        _stream = stream;
        _ahead = ahead;
    }

    public MisbehavingOrigin Origin { get; }

    /// <summary>The handshake.</summary>
    public ReceivedRequest Request { get; }

    /// <summary>Whether pings are answered.</summary>
    public bool Pongs { get; set; } = true;

    internal static async Task Serve(
        MisbehavingOrigin origin, ReceivedRequest request, Stream stream, byte[] ahead, CancellationToken ct)
    {
        using var wire = new SocketWire(origin, request, stream, ahead);
        await origin.Socket(wire, ct);
    }

    public void Dispose() => _writing.Dispose();

    public async Task Accept(CancellationToken ct)
    {
        // RFC 6455 4.2.2 prescribes SHA-1 here; it protects nothing.
#pragma warning disable CA5350
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(
            Request.Header("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        var protocol = Request.Header("Sec-WebSocket-Protocol") is { } asked
            ? $"Sec-WebSocket-Protocol: {asked.Split(',')[0].Trim()}\r\n"
            : string.Empty;
        await Raw(Encoding.ASCII.GetBytes(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"), ct);
    }

    /// <summary>Refuses the handshake.</summary>
    public Task Refuse(int status, CancellationToken ct) =>
        Raw([.. OriginExchange.Head(status, "text/plain", 2), .. "no"u8], ct);

    /// <summary>The next message; null when the client closed. Pings are answered on the way.</summary>
    public async Task<SocketMessage?> Receive(CancellationToken ct)
    {
        using var message = new MemoryStream();
        var kind = 0;
        while (true)
        {
            var (final, code, payload) = await Frame(ct);
            switch (code)
            {
                case 8:
                    await Send(8, payload, ct);
                    return null;
                case 9:
                    if (Pongs) await Send(10, payload, ct);
                    continue;
                case 10:
                    continue;
                case not 0:
                    kind = code;
                    break;
            }
            message.Write(payload);
            if (message.Length > MessageBytesMax) throw new InvalidDataException("A message beyond all bounds.");
            if (final) return Keep(new SocketMessage(kind == 1, message.ToArray()));
        }
    }

    public Task Send(string text, CancellationToken ct) => Send(1, Encoding.UTF8.GetBytes(text), ct);

    public Task Send(SocketMessage message, CancellationToken ct) => Send(message.IsText ? 1 : 2, message.Payload, ct);

    public Task Close(int code, CancellationToken ct) => Send(8, [(byte)(code >> 8), (byte)code], ct);

    /// <summary>The head of a frame that announces more than follows.</summary>
    public Task SendTorn(CancellationToken ct) => Raw([0x81, 100, (byte)'{'], ct);

    /// <summary>Bytes as they are.</summary>
    public async Task Raw(byte[] bytes, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            await _stream.WriteAsync(bytes, ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    private Task Send(int code, byte[] payload, CancellationToken ct)
    {
        byte[] head = payload.Length switch
        {
            < 126 => [(byte)(0x80 | code), (byte)payload.Length],
            <= ushort.MaxValue => [(byte)(0x80 | code), 126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => LongHead(code, payload.Length),
        };
        return Raw([.. head, .. payload], ct);
    }

    private static byte[] LongHead(int code, long length)
    {
        var head = new byte[10];
        head[0] = (byte)(0x80 | code);
        head[1] = 127;
        BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(2), length);
        return head;
    }

    private SocketMessage Keep(SocketMessage message)
    {
        Origin.SocketMessages.Enqueue(message.Text);
        return message;
    }

    private async Task<(bool Final, int Code, byte[] Payload)> Frame(CancellationToken ct)
    {
        var head = await Exactly(2, ct);
        if ((head[1] & 0x80) == 0) throw new InvalidDataException("A client's frame without a mask.");
        long length = head[1] & 0x7f;
        if (length == 126) length = BinaryPrimitives.ReadUInt16BigEndian(await Exactly(2, ct));
        else if (length == 127) length = BinaryPrimitives.ReadInt64BigEndian(await Exactly(8, ct));
        if (length is < 0 or > MessageBytesMax) throw new InvalidDataException("A frame beyond all bounds.");
        var mask = await Exactly(4, ct);
        var payload = await Exactly((int)length, ct);
        for (var i = 0; i < payload.Length; i++) payload[i] ^= mask[i & 3];
        return ((head[0] & 0x80) != 0, head[0] & 0x0f, payload);
    }

    private async Task<byte[]> Exactly(int count, CancellationToken ct)
    {
        var bytes = new byte[count];
        var ahead = Math.Min(count, _ahead.Length);
        _ahead.AsSpan(0, ahead).CopyTo(bytes);
        _ahead = _ahead[ahead..];
        await _stream.ReadExactlyAsync(bytes.AsMemory(ahead), ct);
        return bytes;
    }
}

public sealed record SocketMessage(bool IsText, byte[] Payload)
{
    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>What an origin does with a WebSocket, from the handshake on.</summary>
public delegate Task SocketBehaviour(SocketWire wire, CancellationToken ct);
