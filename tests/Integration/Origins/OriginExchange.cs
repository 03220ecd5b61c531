using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Integration.Origins;

/// <summary>One request and the raw connection on which a behaviour answers it, byte by byte if it likes.</summary>
public sealed class OriginExchange(ReceivedRequest request, Socket socket, Stream stream, MisbehavingOrigin origin)
{
    public ReceivedRequest Request { get; } = request;

    public MisbehavingOrigin Origin { get; } = origin;

    public Stream Stream { get; } = stream;

    /// <summary>Whether the connection goes on to the next request.</summary>
    public bool KeepAlive { get; set; } = true;

    public Task Write(string text, CancellationToken ct) => Write(Encoding.UTF8.GetBytes(text), ct);

    public async Task Write(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        await Stream.WriteAsync(bytes, ct);
        await Stream.FlushAsync(ct);
    }

    /// <summary>A well-formed answer.</summary>
    public Task Answer(int status, string contentType, ReadOnlyMemory<byte> body, CancellationToken ct,
        params IReadOnlyList<string> headers)
    {
        var head = Head(status, contentType, body.Length, headers);
        var whole = new byte[head.Length + body.Length];
        head.CopyTo(whole, 0);
        body.CopyTo(whole.AsMemory(head.Length));
        return Write(whole, ct);
    }

    public Task Answer(int status, string contentType, string body, CancellationToken ct,
        params IReadOnlyList<string> headers) =>
        Answer(status, contentType, Encoding.UTF8.GetBytes(body), ct, headers);

    /// <summary>Status line and headers with a Content-Length that may be a lie; null leaves it out.</summary>
    public static byte[] Head(int status, string contentType, long? length, params IReadOnlyList<string> headers)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {Reason(status)}\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Type: {contentType}\r\n");
        if (length is not null) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
        foreach (var header in headers) head.Append(header).Append("\r\n");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }

    /// <summary>Ends the connection in order (FIN).</summary>
    public void Close() => KeepAlive = false;

    /// <summary>Ends the connection hard (RST).</summary>
    public void Reset()
    {
        KeepAlive = false;
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    };
}

/// <summary>How an origin answers one request.</summary>
public delegate Task Behaviour(OriginExchange exchange, CancellationToken ct);
