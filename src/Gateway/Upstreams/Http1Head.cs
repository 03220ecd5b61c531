using System.Buffers.Text;

namespace Sluice.Gateway.Upstreams;

/// <summary>Status line and the headers that matter of an HTTP/1.x answer (RFC 9112).</summary>
internal struct Http1Head
{
    public int Status;
    /// <summary>-1 when the header is missing.</summary>
    public long ContentLength;
    public bool Chunked;
    public bool KeepAlive;
    public ContentCoding Coding;

    /// <summary>Reads a head, the blank line excluded. False when it is not HTTP or contradicts itself.</summary>
    public static bool TryParse(ReadOnlySpan<byte> head, out Http1Head result)
    {
        result = new Http1Head { ContentLength = -1 };
        var line = NextLine(ref head);
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[8] != ' ') return false;
        if (line[7] is not ((byte)'0' or (byte)'1')) return false;
        if (!Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var used) || used != 3 || status < 100) return false;
        if (line.Length > 12 && line[12] != ' ') return false;
        result.Status = status;
        result.KeepAlive = line[7] == (byte)'1';
        while (!head.IsEmpty)
        {
            line = NextLine(ref head);
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[0] is (byte)' ' or (byte)'\t' || line[colon - 1] is (byte)' ' or (byte)'\t') return false;
            if (!result.Take(line[..colon], Trim(line[(colon + 1)..]))) return false;
        }
        // RFC 9112, 6.3: with both, the length is ignored and the connection must not be used again.
        if (result.Chunked && result.ContentLength >= 0) result.KeepAlive = false;
        return true;
    }

    private bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 10 when Is(name, "connection"u8):
                if (Is(value, "close"u8)) KeepAlive = false;
                else if (Is(value, "keep-alive"u8)) KeepAlive = true;
                return true;
            case 14 when Is(name, "content-length"u8):
                var ok = Utf8Parser.TryParse(value, out long length, out var used) && used == value.Length && length >= 0
                    && value[0] is not (byte)'+' && (ContentLength < 0 || ContentLength == length);
                ContentLength = ok ? length : -1;
                return ok;
            case 16 when Is(name, "content-encoding"u8):
                Coding = Is(value, "gzip"u8) || Is(value, "x-gzip"u8) ? ContentCoding.Gzip
                    : Is(value, "br"u8) ? ContentCoding.Brotli
                    : value.IsEmpty || Is(value, "identity"u8) ? ContentCoding.Identity
                    : ContentCoding.Unknown;
                return true;
            case 17 when Is(name, "transfer-encoding"u8):
                Chunked = Is(value, "chunked"u8);
                return Chunked;
            default:
                return true;
        }
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) =>
        System.Text.Ascii.EqualsIgnoreCase(text, lower);

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf("\r\n"u8);
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 2)..];
        return line;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);
}
