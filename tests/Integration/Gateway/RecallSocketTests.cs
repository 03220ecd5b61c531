using Microsoft.Extensions.DependencyInjection;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Answers that are kept and calls that are joined, on sockets.</summary>
public sealed class RecallSocketTests
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0xabc"]}""";
    private const RecordFlags Recalled = RecordFlags.Cached | RecordFlags.Billed | RecordFlags.Socket;

    [Theory]
    [InlineData("\"a\""), InlineData("null"), InlineData("1.50"), InlineData("123456789012345678901234567890")]
    public async Task Socket_and_post_share_what_is_kept_with_each_ones_id(string id)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Keeping(origin.Url);
        using var socket = await gateway.Socket("/v1/eth");
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":"0xabc"}""", await socket.Ask(Call));
        var expected = $$"""{"jsonrpc":"2.0","id":{{id}},"result":"0xabc"}""";
        Assert.Equal(expected, await socket.Ask(RpcClient.WithId(id)));
        Assert.Equal(expected, await gateway.Rpc("eth", RpcClient.WithId(id)));

        Assert.Equal((1, 0L), (origin.SocketMessages.Count, origin.Calls));
        var usage = await gateway.Usage(3);
        Assert.Equal([1, 0, 0], usage.Select(one => (int)one.Raw.UpstreamCalls));
        Assert.Equal((Recalled, "", 5L, expected.Length), (usage[1].Raw.Flags, usage[1].Upstream, usage[1].Raw.Quantity, usage[1].Raw.BytesDown));
        Assert.Equal((Recalled & ~RecordFlags.Socket, "", 5L), (usage[2].Raw.Flags, usage[2].Upstream, usage[2].Raw.Quantity));
    }

    [Fact]
    public async Task Socket_batch_keeps_its_order_when_some_entries_are_kept_and_some_are_not()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Keeping(origin.Url);
        using var socket = await gateway.Socket("/v1/eth");
        await socket.Ask(Call);
        var answer = await socket.Ask($"[{RpcClient.WithId("1", "eth_call")},{RpcClient.WithId("2")},{RpcClient.WithId("3", "eth_call")}]");
        Assert.Equal(
            """[{"jsonrpc":"2.0","id":1,"result":"0xabc"},{"jsonrpc":"2.0","id":2,"result":"0xabc"},{"jsonrpc":"2.0","id":3,"result":"0xabc"}]""", answer);
        Assert.Equal([0, 1, 1, 1], (await gateway.Usage(4)).Select(one => (int)one.Raw.UpstreamCalls).Order());
    }

    [Fact]
    public async Task Socket_calls_join_one_under_way_and_go_on_beside_it()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = Behaviours.When(release.Task, Behaviours.JsonRpc());
        await using var gateway = await Keeping(origin.Url);
        using var socket = await gateway.Socket("/v1/eth");
        var leads = gateway.Rpc("eth", Call);
        await Until.True(() => Answers(gateway).Misses == 1, "the first leads");
        for (var i = 2; i < 5; i++) await socket.Say(RpcClient.WithId($"{i}"));
        await Until.True(() => Answers(gateway).Waiting == 3, "three wait");
        // The socket is not held up by calls that wait.
        Assert.Contains("\"id\":9", await socket.Ask(RpcClient.WithId("9", "eth_call")), StringComparison.Ordinal);
        release.SetResult();

        Assert.Contains("0xabc", await leads, StringComparison.Ordinal);
        string[] heard = [await socket.Hear(), await socket.Hear(), await socket.Hear()];
        Assert.Equal(
            Enumerable.Range(2, 3).Select(i => $$"""{"jsonrpc":"2.0","id":{{i}},"result":"0xabc"}"""), heard.Order(StringComparer.Ordinal));
        var usage = await gateway.Usage(5);
        Assert.Equal(3, usage.Count(one => one.Raw.Flags == Recalled && one.Upstream.Length == 0 && one.Raw.UpstreamCalls == 0));
        Assert.Single(origin.SocketMessages);
    }

    [Fact]
    public async Task Socket_calls_go_up_by_themselves_when_the_one_they_joined_faults()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = Behaviours.When(release.Task, Behaviours.Html(500));
        await using var gateway = await Keeping(origin.Url);
        using var socket = await gateway.Socket("/v1/eth");
        var leads = gateway.Rpc("eth", Call);
        await Until.True(() => Answers(gateway).Misses == 1, "the first leads");
        await socket.Say(RpcClient.WithId("2"));
        await Until.True(() => Answers(gateway).Waiting == 1, "one waits");
        // The buffer that held the message is in use again.
        await socket.Ask(RpcClient.WithId("9", "eth_call", "[\"something else and longer\"]"));
        release.SetResult();

        Assert.Contains("upstream.", await leads, StringComparison.Ordinal);
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":"0xabc"}""", await socket.Hear());
        var alone = (await gateway.Usage(3)).Single(one => one.Raw.Flags.HasFlag(RecordFlags.Socket) && one.Method == "eth_getBalance");
        Assert.Equal((Outcome.Answered, 1, "up1", 5L), (alone.Raw.Outcome, alone.Raw.UpstreamCalls, alone.Upstream, alone.Raw.Quantity));
    }

    [Fact]
    public async Task Followers_go_on_by_themselves_when_the_socket_that_leads_ends()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Silent();
        await using var gateway = await Keeping(origin.Url);
        var leader = await gateway.Socket("/v1/eth");
        await leader.Say(Call);
        await Until.True(() => Answers(gateway).Misses == 1, "the socket leads");
        var follower = gateway.Rpc("eth", RpcClient.WithId("2"));
        await Until.True(() => Answers(gateway).Waiting == 1, "one waits");
        leader.Abort();
        leader.Dispose();

        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":"0xabc"}""", await follower);
        var usage = await gateway.Usage(2);
        Assert.Equal((Outcome.Abandoned, 0L), (usage[0].Raw.Outcome, usage[0].Raw.Quantity));
        Assert.Equal((Outcome.Answered, 1, 5L), (usage[1].Raw.Outcome, usage[1].Raw.UpstreamCalls, usage[1].Raw.Quantity));
    }

    [Fact]
    public async Task Socket_that_ends_while_its_call_waits_leaves_one_record_and_nothing_waiting()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = Behaviours.When(release.Task, Behaviours.JsonRpc());
        await using var gateway = await Keeping(origin.Url);
        var leads = gateway.Rpc("eth", Call);
        await Until.True(() => Answers(gateway).Misses == 1, "the first leads");
        var socket = await gateway.Socket("/v1/eth");
        await socket.Say(RpcClient.WithId("2"));
        await Until.True(() => Answers(gateway).Waiting == 1, "one waits");
        socket.Abort();
        socket.Dispose();

        var abandoned = (await gateway.Usage(1))[0];
        Assert.Equal((Outcome.Abandoned, 0L, 0), (abandoned.Raw.Outcome, abandoned.Raw.Quantity, abandoned.Raw.UpstreamCalls));
        await Until.True(() => Answers(gateway).Waiting == 0, "nobody waits");
        release.SetResult();
        Assert.Contains("0xabc", await leads, StringComparison.Ordinal);
        Assert.Equal(2, (await gateway.Usage(2)).Count);
        Assert.Empty(origin.SocketMessages);
    }

    [Fact]
    public async Task Waiting_socket_call_times_out_in_its_own_time_when_the_leading_one_hangs()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Silent();
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url)
            .With(service => Keeping(service) with { TimeoutMs = 600 }));
        using var first = await gateway.Socket("/v1/eth");
        using var second = await gateway.Socket("/v1/eth");
        await first.Say(Call);
        await Until.True(() => Answers(gateway).Misses == 1, "the first leads");
        await second.Say(RpcClient.WithId("2"));

        Assert.Contains("upstream.timeout", await first.Hear(), StringComparison.Ordinal);
        Assert.Contains("\"id\":2,\"error\"", await second.Hear(), StringComparison.Ordinal);
        var usage = await gateway.Usage(2);
        Assert.All(usage, one => Assert.Equal((Outcome.UpstreamFault, 0L), (one.Raw.Outcome, one.Raw.Quantity)));
        Assert.Equal(0, Answers(gateway).Waiting);
    }

    private static AnswerCounts Answers(GatewayFixture gateway) => gateway.Services.GetRequiredService<AnswerStore>().Counts;

    private static ServiceConfig Keeping(ServiceConfig service) =>
        service with { KeepMs = new Dictionary<string, int> { ["eth_getBalance"] = 60_000 } };

    private static Task<GatewayFixture> Keeping(string url) => GatewayFixture.Start(setup => setup.Rpc("eth", url).With(Keeping));
}
