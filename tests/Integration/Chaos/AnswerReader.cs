using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;
using Sluice.Kernel;

namespace Sluice.Integration.Chaos;

/// <summary>Reads answers off one connection. Knows what the gateway sends: a Content-Length, or no body.</summary>
internal sealed class AnswerReader(Socket socket)
{
    private byte[] _buffer = new byte[16 * 1024];
    private int _filled;

    /// <summary>Whether the gateway said that it closes the connection behind the last answer.</summary>
    public bool Closing { get; private set; }

    public async Task<(Guid RequestId, int Status, int Errors)> Next(CancellationToken ct)
    {
        int head;
        while ((head = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0) await Fill(ct);
        var (status, length, id) = ReadHead(_buffer.AsSpan(0, head + 2));
        var whole = head + 4 + length;
        while (_filled < whole) await Fill(ct);
        var errors = _buffer.AsSpan(head + 4, length).Count("\"error\":"u8);
        _buffer.AsSpan(whole, _filled - whole).CopyTo(_buffer);
        _filled -= whole;
        return (id, status, errors);
    }

    private async Task Fill(CancellationToken ct)
    {
        if (_filled == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var count = await socket.ReceiveAsync(_buffer.AsMemory(_filled), ct);
        if (count == 0) throw new EndOfStreamException("closed");
        _filled += count;
    }

    private (int Status, int Length, Guid Id) ReadHead(ReadOnlySpan<byte> head)
    {
        if (!Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out int status, out _))
            throw new InvalidDataException($"No answer: {Encoding.ASCII.GetString(head)}");
        if (!Utf8Parser.TryParse(Header(head, "\r\nContent-Length: "u8), out int length, out _)) length = 0;
        Closing = Header(head, "\r\nConnection: "u8).StartsWith("close"u8);
        WireId.TryDecode(Encoding.ASCII.GetString(Header(head, "\r\nX-Request-Id: "u8)), out var id);
        return (status, length, id);
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        var start = head.IndexOf(name);
        if (start < 0) return default;
        var value = head[(start + name.Length)..];
        return value[..value.IndexOf("\r\n"u8)];
    }
}
