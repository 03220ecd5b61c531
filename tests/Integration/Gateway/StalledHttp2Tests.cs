using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>
/// Sockets that are streams of an HTTP/2 connection (RFC 8441): one that stalls is ended alone, because the connection is
/// shared with calls that do not.
/// </summary>
public sealed class StalledHttp2Tests
{
    private const string Subscribe = """{"jsonrpc":"2.0","id":9,"method":"eth_subscribe","params":["logs"]}""";

    [Theory]
    [InlineData("rpc"), InlineData("plain")]
    public async Task Socket_over_http_2_carries_messages_both_ways_and_ends_with_its_goodbye(string kind)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.JsonRpc();
        await using var gateway = await Gateway(origin, kind);
        using var client = new HttpMessageInvoker(new SocketsHttpHandler());
        using var socket = await gateway.Socket("/v1/feed", http2: client);

        for (var i = 0; i < 3; i++)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(Subscribe), WebSocketMessageType.Text, true, Limit());
            var got = await socket.ReceiveAsync(new byte[4096], Limit());
            Assert.True(got is { MessageType: WebSocketMessageType.Text, Count: > 0 });
        }
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await Until.True(() => origin.OpenConnections == 0, "the upstream's socket is closed");
    }

    [Theory]
    [InlineData("rpc"), InlineData("plain")]
    public async Task Socket_over_http_2_is_ended_alone_when_its_client_reads_no_pushes(string kind)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Flooding();
        await using var gateway = await Gateway(origin, kind);
        var connections = 0;
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (to, ct) =>
            {
                Interlocked.Increment(ref connections);
                var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await tcp.ConnectAsync(to.DnsEndPoint, ct);
                return new NetworkStream(tcp, ownsSocket: true);
            },
        });
        using var socket = await gateway.Socket("/v1/feed", http2: client);
        await socket.SendAsync(Encoding.UTF8.GetBytes(Subscribe), WebSocketMessageType.Text, true, Limit());

        await UpstreamIsFree(origin);
        using var next = await NextSocket(origin, gateway, client);

        // What was on its way may be read still; then the stream is over, and not the connection.
        await Assert.ThrowsAnyAsync<WebSocketException>(async () =>
        {
            while (true) await socket.ReceiveAsync(new byte[64 * 1024], Limit());
        });
        await next.SendAsync(Encoding.UTF8.GetBytes(Subscribe), WebSocketMessageType.Text, true, Limit());
        Assert.True((await next.ReceiveAsync(new byte[4096], Limit())).Count > 0);
        Assert.Equal(1, connections);
        Assert.InRange(gateway.Records().Sum(record => record.Raw.BytesDown), 1, 32 * 1024 * 1024);
    }

    [Theory]
    [InlineData("rpc"), InlineData("plain")]
    public async Task Socket_over_http_2_lets_go_of_upstream_and_place_when_its_whole_connection_is_full(string kind)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Flooding();
        await using var gateway = await Gateway(origin, kind);
        // The stream may send without end, so that it is the connection that is full.
        using var stalled = await Stalled.SocketOverHttp2(gateway, "/v1/feed", Subscribe);
        await Until.True(() => gateway.Records().Sum(record => record.Raw.BytesDown) > 60_000, "pushes flow");

        await UpstreamIsFree(origin);
        using var client = new HttpMessageInvoker(new SocketsHttpHandler());
        using var next = await NextSocket(origin, gateway, client);
        Assert.InRange(gateway.Records().Sum(record => record.Raw.BytesDown), 1, 32 * 1024 * 1024);
    }

    private static Task UpstreamIsFree(MisbehavingOrigin origin) =>
        Until.True(() => origin.OpenConnections == 0, "the upstream's socket is closed", TimeSpan.FromSeconds(20));

    private static async Task<ClientWebSocket> NextSocket(MisbehavingOrigin origin, GatewayFixture gateway, HttpMessageInvoker client)
    {
        origin.Socket = SocketBehaviours.JsonRpc();
        ClientWebSocket? next = null;
        await Until.True(
            async () =>
            {
                try
                {
                    next = await gateway.Socket("/v1/feed", http2: client);
                    return true;
                }
                catch (WebSocketException)
                {
                    return false;
                }
            },
            "another socket is let in");
        return next!;
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token;

    private static Task<GatewayFixture> Gateway(MisbehavingOrigin origin, string kind) => GatewayFixture.Start(setup =>
    {
        if (kind == "rpc") setup.Rpc("feed", origin.Url);
        else setup.Http("feed", origin.Url);
        setup.Settings["Gateway:SocketsPerKeyMax"] = "1";
        setup.Settings["Gateway:ClientStallMs"] = "600";
        // Neither silence of the upstream nor a ping may be what ends it.
        setup.Settings["Gateway:SocketPingMs"] = "60000";
        setup.With(service => service with { IdleTimeoutMs = 60_000 });
    });
}
