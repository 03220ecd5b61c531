using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Sluice.Integration.Origins;

/// <summary>Ways to answer that keep to the protocol, errors included.</summary>
public static class Behaviours
{
    private const string Json = "application/json";

    /// <summary>A correct answer with these results (raw JSON by method); null takes the built-in ones.</summary>
    public static Behaviour JsonRpc(Func<string, JsonElement, string>? result = null) => async (exchange, ct) =>
    {
        var answers = JsonRpcAnswers.To(
            exchange.Request.Body,
            (method, parameters) => $"\"result\":{(result ?? JsonRpcAnswers.Result)(method, parameters)}");
        if (answers is null) await exchange.Answer(200, Json, ReadOnlyMemory<byte>.Empty, ct);
        else await exchange.Answer(200, Json, answers, ct);
    };

    /// <summary>A JSON-RPC error for every call.</summary>
    /// <param name="data">Raw JSON of the error's data; null leaves it out.</param>
    public static Behaviour JsonRpcError(int code, string message, string? data = null, int status = 200) =>
        async (exchange, ct) =>
        {
            var error = $$"""{"code":{{code}},"message":{{JsonSerializer.Serialize(message)}}"""
                + (data is null ? "}" : $",\"data\":{data}}}");
            var answers = JsonRpcAnswers.To(exchange.Request.Body, (_, _) => $"\"error\":{error}");
            await exchange.Answer(status, Json, answers ?? [], ct);
        };

    /// <summary>A contract's revert, the caller's own fault: code 3 with the reason's ABI encoding.</summary>
    public static Behaviour Revert() => JsonRpcError(3, "execution reverted: no", "\"0x08c379a0\"");

    public static Behaviour InternalError() => JsonRpcError(-32603, "Internal error");

    public static Behaviour LimitExceeded() => JsonRpcError(-32005, "limit exceeded");

    public static Behaviour InvalidParams() => JsonRpcError(-32602, "invalid argument 0");

    public static Behaviour MethodNotFound() =>
        JsonRpcError(-32601, "the method does not exist/is not available");

    /// <summary>Correct but for the id, which belongs to another call.</summary>
    public static Behaviour WrongId() => (exchange, ct) =>
        exchange.Answer(200, Json, """{"jsonrpc":"2.0","id":987654321,"result":"0x1"}""", ct);

    /// <summary>A body as it is, whatever the call.</summary>
    public static Behaviour Body(string body, int status = 200, string contentType = Json,
        params IReadOnlyList<string> headers) =>
        (exchange, ct) => exchange.Answer(status, contentType, body, ct, headers);

    public static Behaviour Html(int status) =>
        Body("<html><head><title>It works</title></head><body>nginx</body></html>", status, "text/html");

    public static Behaviour TooManyRequests(int retryAfterSeconds) =>
        Body("slow down", 429, "text/plain", $"Retry-After: {retryAfterSeconds}");

    /// <summary>The request back: its line, headers and body, as text.</summary>
    public static Behaviour Echo() => (exchange, ct) =>
    {
        var text = new StringBuilder();
        text.Append(exchange.Request.Method).Append(' ').Append(exchange.Request.Target).Append('\n');
        foreach (var (name, value) in exchange.Request.Headers) text.Append(name).Append(": ").Append(value).Append('\n');
        text.Append('\n').Append(exchange.Request.Text);
        return exchange.Answer(200, "text/plain", text.ToString(), ct);
    };

    /// <summary>Waits, then behaves.</summary>
    public static Behaviour After(TimeSpan delay, Behaviour then) => async (exchange, ct) =>
    {
        await Task.Delay(delay, ct);
        await then(exchange, ct);
    };

    /// <summary>Waits until the test lets it go, then behaves.</summary>
    public static Behaviour When(Task released, Behaviour then) => async (exchange, ct) =>
    {
        await released.WaitAsync(ct);
        await then(exchange, ct);
    };

    /// <summary>A correct answer in chunks of that many bytes, with trailers where told.</summary>
    public static Behaviour Chunked(int chunkBytes = 7, params IReadOnlyList<string> trailers) =>
        async (exchange, ct) =>
        {
            var body = Correct(exchange.Request);
            var announced = trailers.Select(trailer => trailer.Split(':')[0]).ToArray();
            await exchange.Write(OriginExchange.Head(
                200, Json, null,
                ["Transfer-Encoding: chunked", .. announced.Length == 0 ? [] : new[] { $"Trailer: {string.Join(", ", announced)}" }]), ct);
            for (var at = 0; at < body.Length; at += chunkBytes)
            {
                var chunk = body.AsMemory(at, Math.Min(chunkBytes, body.Length - at));
                await exchange.Write($"{chunk.Length:x}\r\n", ct);
                await exchange.Write(chunk, ct);
                await exchange.Write("\r\n", ct);
            }
            await exchange.Write("0\r\n" + string.Concat(trailers.Select(trailer => trailer + "\r\n")) + "\r\n", ct);
        };

    /// <summary>A correct answer in gzip, whatever the client said it accepts.</summary>
    public static Behaviour Gzip() => Encoded("gzip", target => new GZipStream(target, CompressionLevel.Fastest));

    public static Behaviour Brotli() => Encoded("br", target => new BrotliStream(target, CompressionLevel.Fastest));

    /// <summary>A JSON-RPC answer whose result is that many bytes of zeros: small in gzip, vast outside.</summary>
    public static Behaviour GzipBomb(int bytes) =>
        Encoded("gzip", target => new GZipStream(target, CompressionLevel.SmallestSize), bytes);

    /// <summary>A correct JSON-RPC answer of about that many bytes, with an honest length.</summary>
    public static Behaviour Huge(int bytes) => async (exchange, ct) =>
    {
        var body = Padded(exchange.Request, bytes);
        await exchange.Answer(200, Json, body, ct);
    };

    /// <summary>Server-sent events with a pause between them, ended by the end of the chunks.</summary>
    public static Behaviour Events(int count, TimeSpan pause) => async (exchange, ct) =>
    {
        await exchange.Write(OriginExchange.Head(
            200, "text/event-stream", null, "Transfer-Encoding: chunked", "Cache-Control: no-cache"), ct);
        for (var i = 1; i <= count; i++)
        {
            var data = $"id: {i}\ndata: event {i}\n\n";
            await exchange.Write($"{data.Length:x}\r\n{data}\r\n", ct);
            if (i < count) await Task.Delay(pause, ct);
        }
        await exchange.Write("0\r\n\r\n", ct);
    };

    /// <summary>A correct answer after which the connection ends, as announced.</summary>
    public static Behaviour ConnectionClose() => async (exchange, ct) =>
    {
        await exchange.Answer(200, Json, Correct(exchange.Request), ct, "Connection: close");
        exchange.Close();
    };

    /// <summary>A correct answer in HTTP/1.0: no length, the end of the connection is the end of the body.</summary>
    public static Behaviour Http10() => async (exchange, ct) =>
    {
        await exchange.Write("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n", ct);
        await exchange.Write(Correct(exchange.Request), ct);
        exchange.Close();
    };

    internal static byte[] Correct(ReceivedRequest request) =>
        JsonRpcAnswers.To(request.Body, (method, parameters) => $"\"result\":{JsonRpcAnswers.Result(method, parameters)}")
            ?? [];

    private static Behaviour Encoded(string encoding, Func<Stream, Stream> wrap, int padTo = 0) =>
        async (exchange, ct) =>
        {
            using var packed = new MemoryStream();
            await using (var packer = wrap(packed))
            {
                await packer.WriteAsync(padTo == 0 ? Correct(exchange.Request) : Padded(exchange.Request, padTo), ct);
            }
            await exchange.Answer(200, Json, packed.ToArray(), ct, $"Content-Encoding: {encoding}");
        };

    private static byte[] Padded(ReceivedRequest request, int bytes)
    {
        var zeros = new string('0', bytes);
        return JsonRpcAnswers.To(request.Body, (_, _) => $"\"result\":\"0x{zeros}\"") ?? [];
    }
}
