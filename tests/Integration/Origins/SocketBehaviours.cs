using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sluice.Integration.Origins;

/// <summary>What an origin may do on a WebSocket.</summary>
public static class SocketBehaviours
{
    /// <summary>
    /// JSON-RPC: calls answered, <c>eth_subscribe</c> answered with an id ("0x1", "0x2", …) and followed by pushes.
    /// </summary>
    /// <param name="pushes">Notifications that follow each subscription.</param>
    /// <param name="pause">Between two pushes; null for none.</param>
    /// <param name="pongs">Whether pings are answered.</param>
    public static SocketBehaviour JsonRpc(int pushes = 3, TimeSpan? pause = null, bool pongs = true) =>
        async (wire, ct) =>
        {
            wire.Pongs = pongs;
            await wire.Accept(ct);
            var subscriptions = 0;
            while (await wire.Receive(ct) is { } message)
            {
                var subscription = message.Text.Contains("\"eth_subscribe\"", StringComparison.Ordinal)
                    ? string.Create(CultureInfo.InvariantCulture, $"0x{++subscriptions:x}")
                    : null;
                var answer = JsonRpcAnswers.To(
                    message.Payload, (method, parameters) => $"\"result\":{Result(method, parameters, subscription)}");
                if (answer is not null) await wire.Send(Encoding.UTF8.GetString(answer), ct);
                if (subscription is not null) await Push(wire, subscription, pushes, pause, ct);
            }
        };

    /// <summary>Every message back, text as text and binary as binary.</summary>
    public static SocketBehaviour Echo() => async (wire, ct) =>
    {
        await wire.Accept(ct);
        while (await wire.Receive(ct) is { } message) await wire.Send(message, ct);
    };

    /// <summary>Answers that many messages as <see cref="Echo"/> does, then the connection is gone.</summary>
    public static SocketBehaviour DropAfter(int messages) => async (wire, ct) =>
    {
        await wire.Accept(ct);
        for (var i = 0; i < messages && await wire.Receive(ct) is { } message; i++) await wire.Send(message, ct);
    };

    /// <summary>Answers that many messages, then dies inside a frame.</summary>
    public static SocketBehaviour TearAfter(int messages) => async (wire, ct) =>
    {
        await wire.Accept(ct);
        for (var i = 0; i < messages && await wire.Receive(ct) is { } message; i++) await wire.Send(message, ct);
        await wire.SendTorn(ct);
    };

    /// <summary>Answers the first message as a subscription, then pushes large notifications without end.</summary>
    public static SocketBehaviour Flooding() => async (wire, ct) =>
    {
        await wire.Accept(ct);
        await wire.Receive(ct);
        await wire.Send("""{"jsonrpc":"2.0","id":1,"result":"0x1"}""", ct);
        var filler = new string('x', 60_000);
        while (true)
            await wire.Send($$$$"""{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result":"{{{{filler}}}}"}}""", ct);
    };

    /// <summary>Accepts, then neither reads nor writes nor pongs.</summary>
    public static SocketBehaviour Silent() => async (wire, ct) =>
    {
        await wire.Accept(ct);
        await Task.Delay(Timeout.Infinite, ct);
    };

    /// <summary>Closes with a code after that many messages.</summary>
    public static SocketBehaviour CloseAfter(int messages, int code) => async (wire, ct) =>
    {
        await wire.Accept(ct);
        for (var i = 0; i < messages && await wire.Receive(ct) is { } message; i++) await wire.Send(message, ct);
        await wire.Close(code, ct);
        while (await wire.Receive(ct) is not null)
        {
            // The client's last words before its own close frame.
        }
    };

    /// <summary>Answers the handshake with a plain refusal.</summary>
    public static SocketBehaviour Refuse(int status) => (wire, ct) => wire.Refuse(status, ct);

    private static string Result(string method, JsonElement parameters, string? subscription) => method switch
    {
        "eth_subscribe" => $"\"{subscription}\"",
        "eth_unsubscribe" => "true",
        _ => JsonRpcAnswers.Result(method, parameters),
    };

    private static async Task Push(
        SocketWire wire, string subscription, int pushes, TimeSpan? pause, CancellationToken ct)
    {
        for (var i = 1; i <= pushes; i++)
        {
            if (pause is not null) await Task.Delay(pause.Value, ct);
            var push = $$$"""{"subscription":"{{{subscription}}}","result":{"number":"0x{{{i:x}}}"}}""";
            await wire.Send($$"""{"jsonrpc":"2.0","method":"eth_subscription","params":{{push}}}""", ct);
        }
    }
}
