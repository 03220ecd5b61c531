using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Clients that ask and then read nothing: cut off in time, billed by the table, and nobody else's trouble.</summary>
public sealed class StalledReaderTests
{
    private const int StallMs = 600;
    private const int Large = 32 * 1024 * 1024;

    [Fact]
    public async Task Large_json_rpc_answer_is_dropped_when_nobody_reads_it()
    {
        await using var origin = MisbehavingOrigin.Start();
        var answer = "\"" + new string('x', Large) + "\"";
        origin.Default = Behaviours.JsonRpc((method, _) => method == "large" ? answer : "\"0x1\"");
        await using var gateway = await Gateway(setup => setup.Rpc("eth", origin.Url));
        using var stalled = await Stalled.Ask(gateway, """{"jsonrpc":"2.0","id":1,"method":"large"}""");

        await Until.True(() => stalled.WasCut(), "the client is cut off", TimeSpan.FromSeconds(20));

        // It was answered, and recorded, before it stalled.
        var record = await gateway.OnlyUsage();
        Assert.Equal((Outcome.Answered, true), (record.Raw.Outcome, record.Billed));
        Assert.Contains("0x1", await gateway.Rpc("eth", """{"jsonrpc":"2.0","id":1,"method":"small"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_json_rpc_answer_arrives_whole_in_a_batch_when_the_client_reads_in_time()
    {
        await using var origin = MisbehavingOrigin.Start();
        var answer = "\"" + new string('x', 100_001) + "\"";
        origin.Default = Behaviours.JsonRpc((method, _) => method == "large" ? answer : "\"0x1\"");
        await using var gateway = await Gateway(setup => setup.Rpc("eth", origin.Url));
        static string Call(int id, string method) => $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}"}""";

        var text = await gateway.Rpc("eth", $"[{Call(1, "large")},{Call(2, "small")},{Call(3, "large")},{Call(4, "nothing")}]");

        static string Reply(int id, string result) => $$"""{"jsonrpc":"2.0","id":{{id}},"result":{{result}}}""";
        Assert.Equal($"[{Reply(1, answer)},{Reply(2, "\"0x1\"")},{Reply(3, answer)},{Reply(4, "\"0x1\"")}]", text);
    }

    [Fact]
    public async Task Download_is_billed_as_left_by_its_client_and_not_held_against_the_upstream_when_nobody_reads_it()
    {
        await using var origin = await NginxOrigin.Start();
        await using (var file = File.Create(Path.Combine(origin.Files, "large.bin"))) file.SetLength(Large);
        await File.WriteAllTextAsync(Path.Combine(origin.Files, "small"), "small");
        await using var gateway = await Gateway(setup => setup.Http("api", origin.Url));

        // More than enough to put an upstream out, had it been its fault.
        var stalled = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Stalled.Get(gateway, "/v1/api/files/large.bin")));
        await Until.True(() => stalled.All(one => one.WasCut()), "all are cut off", TimeSpan.FromSeconds(20));

        var usage = await gateway.Usage(8);
        Assert.All(usage, record => Assert.Equal(
            (Outcome.Answered, true, true, 200),
            (record.Raw.Outcome, record.Raw.Flags.HasFlag(RecordFlags.ClientGone), record.Billed || record.Raw.Quantity > 0, record.Raw.Status)));
        Assert.Equal(8 * 7, gateway.Records().Sum(record => record.Raw.Quantity));
        Assert.InRange(gateway.Records().Sum(record => record.Raw.BytesDown), 1, 8L * Large / 2);
        using var small = await gateway.Get("/v1/api/files/small");
        Assert.Equal("small", await small.Content.ReadAsStringAsync());
        foreach (var one in stalled) one.Dispose();
    }

    [Theory]
    [InlineData("rpc"), InlineData("plain")]
    public async Task Socket_is_dropped_with_its_upstream_when_the_client_reads_no_pushes(string kind)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Flooding();
        await using var gateway = await Gateway(setup =>
        {
            if (kind == "rpc") setup.Rpc("feed", origin.Url);
            else setup.Http("feed", origin.Url);
            setup.Settings["Gateway:SocketsPerKeyMax"] = "1";
        });
        using var stalled = await Stalled.Socket(gateway, "/v1/feed", """{"jsonrpc":"2.0","id":9,"method":"eth_subscribe","params":["logs"]}""");

        await Until.True(() => stalled.WasCut(), "the client is cut off", TimeSpan.FromSeconds(20));

        // The upstream's side ends too, and the place is free for another one.
        await Until.True(() => origin.OpenConnections == 0, "the upstream's socket is closed");
        origin.Socket = SocketBehaviours.Echo();
        await Until.True(
            async () =>
            {
                try
                {
                    using var socket = await gateway.Socket("/v1/feed");
                    return true;
                }
                catch (System.Net.WebSockets.WebSocketException)
                {
                    return false;
                }
            },
            "another socket is let in");
        Assert.InRange(gateway.Records().Sum(record => record.Raw.BytesDown), 1, Large);
    }

    [Fact]
    public async Task Others_are_answered_at_once_when_many_clients_stall()
    {
        await using var origin = MisbehavingOrigin.Start();
        var answer = "\"" + new string('x', 8 * 1024 * 1024) + "\"";
        origin.Default = Behaviours.JsonRpc((method, _) => method == "large" ? answer : "\"0x1\"");
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Rpc("eth", origin.Url);
            setup.Settings["Gateway:ClientStallMs"] = "60000";
        });
        var stalled = await Task.WhenAll(Enumerable.Range(0, 12).Select(
            _ => Stalled.Ask(gateway, """{"jsonrpc":"2.0","id":1,"method":"large"}""")));
        await gateway.Usage(12);

        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 100; i++)
        {
            var from = TimeProvider.System.GetTimestamp();
            Assert.Contains("0x1", await gateway.Rpc("eth", """{"jsonrpc":"2.0","id":1,"method":"small"}"""), StringComparison.Ordinal);
            var took = TimeProvider.System.GetElapsedTime(from);
            if (took > slowest) slowest = took;
        }

        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        foreach (var one in stalled) one.Dispose();
    }

    private static Task<GatewayFixture> Gateway(Action<GatewaySetup> with) => GatewayFixture.Start(setup =>
    {
        with(setup);
        setup.Settings["Gateway:ClientStallMs"] = StallMs.ToString(CultureInfo.InvariantCulture);
        setup.Settings["Gateway:CheckpointIntervalMs"] = "100";
        // Silence of the upstream must not be what ends it.
        setup.With(service => service with { IdleTimeoutMs = 60_000 });
    });
}

/// <summary>A client with a small window that asks and then reads nothing.</summary>
internal sealed class Stalled : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveBufferSize = 4096,
    };

    public static Task<Stalled> Ask(GatewayFixture gateway, string body) => Send(
        gateway, $"POST /v1/eth HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    public static Task<Stalled> Get(GatewayFixture gateway, string path) =>
        Send(gateway, $"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\n\r\n");

    /// <summary>Opens a WebSocket and says one thing on it.</summary>
    public static async Task<Stalled> Socket(GatewayFixture gateway, string path, string message)
    {
        var made = await Send(
            gateway,
            $"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        var head = new byte[1024];
        var count = await made._socket.ReceiveAsync(head);
        Assert.StartsWith("HTTP/1.1 101", Encoding.ASCII.GetString(head, 0, count), StringComparison.Ordinal);
        var text = Encoding.UTF8.GetBytes(message);
        // A masked text frame; the mask of zeros leaves the payload as it is.
        await made._socket.SendAsync((byte[])[0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. text]);
        return made;
    }

    /// <summary>
    /// The same over HTTP/2 by prior knowledge (RFC 9113, RFC 8441): the windows of stream and connection are as large as
    /// they can be.
    /// </summary>
    public static Task<Stalled> SocketOverHttp2(GatewayFixture gateway, string path, string message)
    {
        const byte data = 0, headers = 1, settings = 4, windowUpdate = 8, endHeaders = 4;
        var text = Encoding.UTF8.GetBytes(message);
        (string Name, string Value)[] fields =
        [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
            ("sec-websocket-version", "13"), ("x-api-key", gateway.Key.Text),
        ];
        return Send(
            new Uri(gateway.H2cUrl).Port,
            [
                .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
                .. Frame(settings, 0, 0, [0, 4, 0x7f, 0xff, 0xff, 0xff]),
                .. Frame(windowUpdate, 0, 0, [0x7f, 0xff, 0, 0]),
                .. Frame(headers, endHeaders, 1, [.. fields.SelectMany(field => (byte[])[0, .. Short(field.Name), .. Short(field.Value)])]),
                .. Frame(data, 0, 1, [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. text]),
            ]);

        static byte[] Short(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
        static byte[] Frame(byte type, byte flags, byte stream, byte[] payload) =>
            [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];
    }

    /// <summary>Whether the gateway has ended the connection: the kernel knows, without a byte read or sent.</summary>
    public bool WasCut() => !IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Any(
        one => one.State == TcpState.Established && one.LocalEndPoint.Equals(_socket.LocalEndPoint));

    public void Dispose() => _socket.Dispose();

    private static Task<Stalled> Send(GatewayFixture gateway, string text) => Send(gateway.Port, Encoding.ASCII.GetBytes(text));

    private static async Task<Stalled> Send(int port, byte[] bytes)
    {
        var made = new Stalled();
        await made._socket.ConnectAsync(IPAddress.Loopback, port);
        await made._socket.SendAsync(bytes);
        return made;
    }
}
