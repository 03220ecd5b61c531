using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Origins;

/// <summary>The stand-ins themselves: other tests lean on them.</summary>
public sealed class OriginsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Origin_keeps_ids_and_order_when_it_answers_a_batch()
    {
        await using var origin = MisbehavingOrigin.Start();
        using var http = new HttpClient();

        var answer = await Post(http, origin, """
            [{"jsonrpc":"2.0","id":18446744073709551616,"method":"a","params":[1.50]},
             {"jsonrpc":"2.0","method":"silent"},{"jsonrpc":"2.0","id":"x\u0041","method":"b"}]
            """);

        Assert.Equal(
            """[{"jsonrpc":"2.0","id":18446744073709551616,"result":1.50},"""
            + """{"jsonrpc":"2.0","id":"x\u0041","result":"0x1"}]""", answer);
        Assert.Equal(1, origin.Calls);
        Assert.Equal(["a", "silent", "b"], origin.Received[0].Methods);
    }

    [Fact]
    public async Task Origin_serves_probes_apart_from_the_queue_when_a_call_shall_fail()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Next(BrokenBehaviours.ResetWithoutAnswer());
        using var http = new HttpClient();

        Assert.Contains("0x7a69", await Post(http, origin, """{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"""), StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(
            () => Post(http, origin, """{"jsonrpc":"2.0","id":1,"method":"eth_call"}"""));
        Assert.Equal((1, 1), (origin.Probes, origin.Calls));
    }

    [Theory]
    [InlineData("truncated"), InlineData("too long"), InlineData("chunks"), InlineData("unended"), InlineData("noise"),
        InlineData("headers")]
    public async Task Origin_breaks_the_client_when_it_is_told_to_break_the_wire(string how)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = how switch
        {
            "truncated" => BrokenBehaviours.Truncated(),
            "too long" => BrokenBehaviours.LengthTooLong(),
            "chunks" => BrokenBehaviours.MalformedChunks(),
            "unended" => BrokenBehaviours.UnendedChunks(),
            "noise" => BrokenBehaviours.Noise(),
            _ => BrokenBehaviours.InvalidHeaders(),
        };
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };

        var fault = await Record.ExceptionAsync(() => Post(http, origin, """{"jsonrpc":"2.0","id":1,"method":"m"}"""));

        Assert.True(fault is HttpRequestException or TaskCanceledException, $"{fault}");
    }

    [Fact]
    public async Task Origin_answers_in_every_coding_when_told()
    {
        await using var origin = MisbehavingOrigin.Start();
        using var handler = new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.All };
        using var http = new HttpClient(handler);
        origin.Next(
            Behaviours.Gzip(), Behaviours.Brotli(), Behaviours.Chunked(3, "X-Sum: 1"), Behaviours.Http10(),
            Behaviours.ConnectionClose(), BrokenBehaviours.Drip(TimeSpan.FromMilliseconds(1)), Behaviours.Huge(1_000_000));

        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(
                """{"jsonrpc":"2.0","id":1,"result":"0x1"}""",
                await Post(http, origin, """{"jsonrpc":"2.0","id":1,"method":"m"}"""));
        }
        Assert.True((await Post(http, origin, """{"jsonrpc":"2.0","id":1,"method":"m"}""")).Length > 1_000_000);
    }

    [Fact]
    public async Task Origin_pushes_after_a_subscription_when_the_socket_speaks_json_rpc()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.JsonRpc(pushes: 2);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(origin.SocketUrl), Ct);

        await socket.SendAsync(
            Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":7,"method":"eth_subscribe","params":["newHeads"]}"""),
            WebSocketMessageType.Text, endOfMessage: true, Ct);

        Assert.Equal("""{"jsonrpc":"2.0","id":7,"result":"0x1"}""", await Read(socket));
        Assert.Contains("\"number\":\"0x1\"", await Read(socket), StringComparison.Ordinal);
        Assert.Contains("\"number\":\"0x2\"", await Read(socket), StringComparison.Ordinal);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Ct);
        Assert.Single(origin.SocketMessages);
    }

    [Fact]
    public async Task Nginx_answers_a_call_when_it_runs()
    {
        await using var nginx = await NginxOrigin.Start();
        using var http = new HttpClient();
        using var body = new StringContent("{}");

        using var answer = await http.PostAsync(new Uri(nginx.Url), body, Ct);

        Assert.Equal(NginxOrigin.Answer, await answer.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task Chain_answers_its_number_when_it_runs()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "anvil is not installed");
        await using var anvil = await AnvilNode.Start();

        Assert.Contains("\"result\":\"0x0\"", await anvil.Call("eth_blockNumber"), StringComparison.Ordinal);
    }

    private static async Task<string> Post(HttpClient http, MisbehavingOrigin origin, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.PostAsync(new Uri(origin.Url), body, Ct);
        return await answer.Content.ReadAsStringAsync(Ct);
    }

    private static async Task<string> Read(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var message = await socket.ReceiveAsync(buffer, Ct);
        return Encoding.UTF8.GetString(buffer, 0, message.Count);
    }
}
