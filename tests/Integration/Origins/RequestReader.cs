using System.Globalization;
using System.Text;

namespace Sluice.Integration.Origins;

/// <summary>Reads HTTP/1.x requests off a stream, strictly enough to notice a client that breaks the protocol.</summary>
internal sealed class RequestReader(Stream stream, int connection)
{
    private const int HeadBytesMax = 256 * 1024;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next request; null when the client closed between two.</summary>
    public async Task<ReceivedRequest?> Next(CancellationToken ct)
    {
        var first = await Line(ct);
        if (first is null) return null;
        var parts = first.Split(' ');
        if (parts.Length != 3) throw new InvalidDataException($"Not a request line: {first}");
        var headers = new List<KeyValuePair<string, string>>();
        while (await Line(ct) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) throw new InvalidDataException($"Not a header: {line}");
            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }
        var request = new ReceivedRequest(connection, parts[0], parts[1], parts[2], headers, []);
        return request with { Body = await Body(request, ct) };
    }

    private async Task<byte[]> Body(ReceivedRequest request, CancellationToken ct)
    {
        if (request.Header("Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true)
            return await Chunks(ct);
        if (request.Header("Content-Length") is not { } length) return [];
        return await Exactly(int.Parse(length, CultureInfo.InvariantCulture), ct);
    }

    private async Task<byte[]> Chunks(CancellationToken ct)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var line = await Line(ct) ?? throw new EndOfStreamException("The body ended inside its chunks.");
            var size = int.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0) break;
            body.Write(await Exactly(size, ct));
            await Line(ct);
        }
        while (await Line(ct) is { Length: > 0 })
        {
            // Trailers say nothing that a test has asked for yet.
        }
        return body.ToArray();
    }

    private async Task<string?> Line(CancellationToken ct)
    {
        var line = new List<byte>(128);
        while (true)
        {
            if (_start == _end && !await Fill(ct))
                return line.Count == 0 ? null : throw new EndOfStreamException("The head ended inside a line.");
            var next = _buffer[_start++];
            if (next == '\n') break;
            line.Add(next);
            if (line.Count > HeadBytesMax) throw new InvalidDataException("A header line without an end.");
        }
        if (line.Count > 0 && line[^1] == '\r') line.RemoveAt(line.Count - 1);
        return Encoding.Latin1.GetString([.. line]);
    }

    private async Task<byte[]> Exactly(int count, CancellationToken ct)
    {
        var bytes = new byte[count];
        var got = 0;
        while (got < count)
        {
            if (_start == _end && !await Fill(ct)) throw new EndOfStreamException("The body is shorter than it said.");
            var take = Math.Min(count - got, _end - _start);
            _buffer.AsSpan(_start, take).CopyTo(bytes.AsSpan(got));
            _start += take;
            got += take;
        }
        return bytes;
    }

    private async Task<bool> Fill(CancellationToken ct)
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, ct);
        return _end > 0;
    }

    /// <summary>What was read ahead of the present place: an upgraded connection goes on with it.</summary>
    public byte[] Rest() => _buffer[_start.._end];
}
