using System.Text;

namespace Sluice.Integration.Origins;

/// <summary>Ways to answer that break the protocol, or do not answer at all.</summary>
public static class BrokenBehaviours
{
    private const string Json = "application/json";

    /// <summary>A correct length, half of the body, then the end of the connection.</summary>
    public static Behaviour Truncated() => async (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        await exchange.Write(OriginExchange.Head(200, Json, body.Length), ct);
        await exchange.Write(body.AsMemory(0, body.Length / 2), ct);
        exchange.Close();
    };

    /// <summary>A well-framed answer whose JSON stops in the middle.</summary>
    public static Behaviour CutJson() => (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        return exchange.Answer(200, Json, body.AsMemory(0, body.Length / 2), ct);
    };

    /// <summary>Announces more than it sends, and waits.</summary>
    public static Behaviour LengthTooLong(int by = 10) => async (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        await exchange.Write(OriginExchange.Head(200, Json, body.Length + by), ct);
        await exchange.Write(body, ct);
        await Forever(ct);
    };

    /// <summary>Announces less than it sends: the rest poisons a connection that is used again.</summary>
    public static Behaviour LengthTooShort(int by = 10) => async (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        byte[] whole = [.. OriginExchange.Head(200, Json, body.Length - by), .. body];
        await exchange.Write(whole, ct);
    };

    /// <summary>Takes the request and never says a word.</summary>
    public static Behaviour HangBeforeHeaders() => (_, ct) => Forever(ct);

    public static Behaviour HangMidHeaders() => async (exchange, ct) =>
    {
        await exchange.Write("HTTP/1.1 200 OK\r\nContent-Type: appli", ct);
        await Forever(ct);
    };

    public static Behaviour HangMidBody() => async (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        await exchange.Write(OriginExchange.Head(200, Json, body.Length), ct);
        await exchange.Write(body.AsMemory(0, body.Length / 2), ct);
        await Forever(ct);
    };

    /// <summary>Ends the connection in order, without an answer.</summary>
    public static Behaviour CloseWithoutAnswer() => (exchange, _) =>
    {
        exchange.Close();
        return Task.CompletedTask;
    };

    /// <summary>Resets the connection without an answer.</summary>
    public static Behaviour ResetWithoutAnswer() => (exchange, _) =>
    {
        exchange.Reset();
        return Task.CompletedTask;
    };

    /// <summary>Resets the connection inside the body.</summary>
    public static Behaviour ResetMidBody() => async (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        await exchange.Write(OriginExchange.Head(200, Json, body.Length), ct);
        await exchange.Write(body.AsMemory(0, body.Length / 2), ct);
        exchange.Reset();
    };

    /// <summary>Answers properly, promises to keep the connection, and closes it while it is idle.</summary>
    public static Behaviour CloseWhenIdle() => async (exchange, ct) =>
    {
        await exchange.Answer(200, Json, Behaviours.Correct(exchange.Request), ct, "Connection: keep-alive");
        exchange.Close();
    };

    /// <summary>A chunk size that is no number.</summary>
    public static Behaviour MalformedChunks() => async (exchange, ct) =>
    {
        await exchange.Write(OriginExchange.Head(200, Json, null, "Transfer-Encoding: chunked"), ct);
        await exchange.Write("zz\r\n{\"jsonrpc\"\r\n0\r\n\r\n", ct);
        exchange.Close();
    };

    /// <summary>Chunks without the last one.</summary>
    public static Behaviour UnendedChunks() => async (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        await exchange.Write(OriginExchange.Head(200, Json, null, "Transfer-Encoding: chunked"), ct);
        await exchange.Write($"{body.Length:x}\r\n{Encoding.UTF8.GetString(body)}\r\n", ct);
        exchange.Close();
    };

    /// <summary>Says gzip and sends none.</summary>
    public static Behaviour FalseGzip() => (exchange, ct) =>
        exchange.Answer(200, Json, Behaviours.Correct(exchange.Request), ct, "Content-Encoding: gzip");

    /// <summary>Both ways of framing at once, as request smuggling uses it.</summary>
    public static Behaviour TwoLengths() => async (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        await exchange.Write(
            OriginExchange.Head(200, Json, body.Length, "Content-Length: 3"), ct);
        await exchange.Write(body, ct);
    };

    /// <summary>A header line without a colon and one with a bare line feed in its value.</summary>
    public static Behaviour InvalidHeaders() => async (exchange, ct) =>
    {
        await exchange.Write(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nthis is no header\r\nX-A: a\nb\r\n"
            + "Content-Length: 2\r\n\r\n{}", ct);
        exchange.Close();
    };

    /// <summary>More headers than anyone takes.</summary>
    public static Behaviour EndlessHeaders() => async (exchange, ct) =>
    {
        await exchange.Write("HTTP/1.1 200 OK\r\n", ct);
        var line = $"X-Filler: {new string('x', 8000)}\r\n";
        for (var i = 0; i < 10_000; i++) await exchange.Write(line, ct);
        exchange.Close();
    };

    /// <summary>Bytes that are no HTTP at all.</summary>
    public static Behaviour Noise() => async (exchange, ct) =>
    {
        await exchange.Write(new byte[] { 0x16, 0x03, 0x01, 0x00, 0xff, 0x0a, 0x0d, 0x00, 0x0a }, ct);
        exchange.Close();
    };

    /// <summary>Sends the correct answer one byte at a time.</summary>
    public static Behaviour Drip(TimeSpan pause) => async (exchange, ct) =>
    {
        var body = Behaviours.Correct(exchange.Request);
        await exchange.Write(OriginExchange.Head(200, Json, body.Length), ct);
        foreach (var part in body)
        {
            await exchange.Write(new[] { part }, ct);
            await Task.Delay(pause, ct);
        }
    };

    private static Task Forever(CancellationToken ct) => Task.Delay(Timeout.Infinite, ct);
}
