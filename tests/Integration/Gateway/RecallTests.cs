using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Metering;
using Sluice.Integration.Origins;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Answers that are kept, by POST, and what is recorded of them.</summary>
public sealed class RecallTests
{
    private const RecordFlags Recalled = RecordFlags.Cached | RecordFlags.Billed;

    [Theory]
    [InlineData("7"), InlineData("\"a\""), InlineData("null"), InlineData("1.50"), InlineData("123456789012345678901234567890"),
        InlineData("\"\\u0041\"")]
    public async Task Kept_answer_has_the_clients_own_id_and_does_not_reach_the_upstream(string id)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        var parameters = "[1.50, 123456789012345678901]";
        await gateway.Post(key, RpcClient.WithId("1", parameters: parameters));
        var reply = await gateway.Post(key, RpcClient.WithId(id, parameters: parameters));

        Assert.Equal((200, $$"""{"jsonrpc":"2.0","id":{{id}},"result":1.50}"""), (reply.Status, reply.Body));
        Assert.Equal(1, origin.Calls);
    }

    [Fact]
    public async Task Answer_from_memory_is_recorded_as_cached_without_an_upstream_and_costs_the_same()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Keeping(origin.Url);
        var (first, second) = (gateway.NewKey(), gateway.NewKey(keyLimits: new(null, null, 1000, null)));
        await gateway.Post(first);
        var reply = await gateway.Post(second);

        var records = await gateway.Records(2);
        Assert.Equal((RecordFlags.Billed, "up0", 1), (records[0].Raw.Flags, records[0].Upstream, records[0].Raw.UpstreamCalls));
        var one = records[1];
        Assert.Equal((Recalled, "", 0, 0u), (one.Raw.Flags, one.Upstream, one.Raw.UpstreamCalls, one.Raw.UpstreamLatencyMicros));
        Assert.Equal((Outcome.Answered, 200, 10L, "eth_getBalance"), (one.Raw.Outcome, one.Raw.Status, one.Raw.Quantity, one.Method));
        // Each organization has its own record and its own quota.
        Assert.Equal((first.App.Organization, second.App.Organization), (records[0].Raw.Organization, one.Raw.Organization));
        Assert.Equal((QuotaScopes.KeyDay, reply.Body.Length), (one.Raw.Quotas, one.Raw.BytesDown));
        Assert.NotEqual(UInt128.Zero, one.Raw.AnswerDigest);
    }

    [Fact]
    public async Task Rules_and_limits_hold_for_answers_from_memory()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Keeping(origin.Url);
        Assert.Equal(200, (await gateway.Post(gateway.NewKey())).Status);
        Assert.Equal(401, (await gateway.Post(null)).Status);
        Assert.Equal(403, (await gateway.Post(gateway.NewKey(AppRuleLists.Empty with { Methods = ["eth_call"] }))).Status);
        var key = gateway.NewKey(keyLimits: new(null, null, 25, null));
        for (var i = 0; i < 2; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(429, (await gateway.Post(key)).Status);
        Assert.Equal(1, origin.Calls);
    }

    [Fact]
    public async Task Answer_is_fetched_anew_once_it_is_too_old()
    {
        var time = new ShiftedTime();
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
            (setup.Time, setup.Services) = (time, [Service(origin.Url) with { KeepMs = Rules(5_000) }]));
        var key = gateway.NewKey();
        origin.Default = Behaviours.JsonRpc((_, _) => "1");
        await gateway.Post(key);
        origin.Default = Behaviours.JsonRpc((_, _) => "2");
        Assert.Contains("\"result\":1", (await gateway.Post(key)).Body, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Contains("\"result\":2", (await gateway.Post(key)).Body, StringComparison.Ordinal);
        Assert.Equal(2, origin.Calls);
    }

    [Theory]
    [InlineData("version"), InlineData("upstream"), InlineData("credential"), InlineData("removed")]
    public async Task Nothing_of_a_service_before_its_change_is_given_out_after_it(string change)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var other = MisbehavingOrigin.Start();
        origin.Default = other.Default = Behaviours.JsonRpc((_, _) => "1");
        var service = Service(origin.Url);
        await using var gateway = await GatewayFixture.Start(setup => setup.Services = [service]);
        var key = gateway.NewKey();
        await gateway.Post(key);
        // The same again, as after a change elsewhere in the catalog: what is kept stays.
        gateway.State.Swap([service with { KeepMs = Rules(), MethodUnits = new Dictionary<string, long>() }]);
        await gateway.Post(key);
        Assert.Equal(1, origin.Calls);

        origin.Default = other.Default = Behaviours.JsonRpc((_, _) => "2");
        if (change == "removed") gateway.State.Swap([]);
        gateway.State.Swap([change switch
        {
            "version" => service with { PriceVersion = 2 },
            "upstream" => service with { Upstreams = [GatewaySetup.Upstream("up0", other.Url)] },
            "credential" => service with { Upstreams = [GatewaySetup.Upstream("up0", origin.Url, ("X-Key", "new"))] },
            _ => service,
        }]);
        Assert.Contains("\"result\":2", (await gateway.Post(key)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Services_never_share_an_answer()
    {
        await using var one = MisbehavingOrigin.Start();
        await using var two = MisbehavingOrigin.Start();
        two.Default = Behaviours.JsonRpc((_, _) => "\"two\"");
        await using var gateway = await GatewayFixture.Start(setup => setup.Services = [Service(one.Url), Service(two.Url) with { Name = "two" }]);
        var key = gateway.NewKey();
        for (var i = 0; i < 2; i++)
        {
            Assert.Contains("0xabc", (await gateway.Post(key)).Body, StringComparison.Ordinal);
            Assert.Contains("two", (await gateway.Post(key, path: "/v1/two")).Body, StringComparison.Ordinal);
        }
        Assert.Equal((1L, 1L), (one.Calls, two.Calls));
    }

    public static TheoryData<string, Behaviour> Unkept => new()
    {
        { "null", Behaviours.JsonRpc((_, _) => "null") },
        { "nothing in its context", Behaviours.JsonRpc((_, _) => """{"context":{"slot":1},"value":null}""") },
        { "nothing in its context, spaced", Behaviours.JsonRpc((_, _) => """{ "value" : null, "context" : { "slot" : 1 } }""") },
        { "revert", Behaviours.Revert() },
        { "node error", Behaviours.LimitExceeded() },
        { "fault", Behaviours.Html(500) },
        { "too large", Behaviours.Huge(300_000) },
    };

    [Theory]
    [MemberData(nameof(Unkept), DisableDiscoveryEnumeration = true)]
    public async Task Answer_that_may_be_another_the_next_moment_is_never_kept(string name, Behaviour behaviour)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = behaviour;
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        await gateway.Post(key);
        await gateway.Post(key);

        Assert.True(origin.Calls == 2, name);
        Assert.All(await gateway.Records(2), one => Assert.False(one.Raw.Flags.HasFlag(RecordFlags.Cached)));
    }

    [Theory]
    [InlineData("eth_getBalance", "[\"0xabc\",\"pending\"]"), InlineData("eth_call", "[\"0xabc\"]"), InlineData("eth_sendRawTransaction", "[\"0xabc\"]")]
    public async Task Call_is_never_recalled_when_it_asks_for_what_is_pending_or_its_method_may_not_or_has_no_rule(string method, string parameters)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        for (var i = 0; i < 2; i++) await gateway.Post(key, RpcClient.WithId("1", method, parameters));
        Assert.Equal(2, origin.Calls);
    }

    [Fact]
    public async Task Notification_is_always_delivered()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        await gateway.Post(key);
        for (var i = 0; i < 2; i++)
            Assert.Equal(204, (await gateway.Post(key, """{"jsonrpc":"2.0","method":"eth_getBalance","params":["0xabc"]}""")).Status);
        Assert.Equal(3, origin.Calls);
    }

    [Fact]
    public async Task Memory_of_no_bytes_recalls_nothing()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
            (setup.Services, setup.Options) = ([Service(origin.Url)], options => options.RecallBytesMax = 0));
        var key = gateway.NewKey();
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(3, origin.Calls);
    }

    [Fact]
    public async Task Batch_keeps_its_order_when_some_entries_are_kept_and_some_are_not()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        await gateway.Post(key, RpcClient.WithId("0", parameters: "[\"b\"]"));
        var reply = await gateway.Post(key, $$"""
            [{{RpcClient.WithId("1", parameters: "[\"a\"]")}},{{RpcClient.WithId("\"x\"", parameters: "[\"b\"]")}},
            {{RpcClient.WithId("3", "eth_call", "[\"c\"]")}},{{RpcClient.WithId("1.0", parameters: "[\"a\"]")}},7]
            """);

        var answers = reply.Json.EnumerateArray().Select(one => one.GetRawText()).ToArray();
        Assert.Equal(
            ["""{"jsonrpc":"2.0","id":1,"result":"a"}""", """{"jsonrpc":"2.0","id":"x","result":"b"}""",
                """{"jsonrpc":"2.0","id":3,"result":"c"}""", """{"jsonrpc":"2.0","id":1.0,"result":"a"}"""], answers[..4]);
        Assert.Equal(3, origin.Calls);
        var records = (await gateway.Records(6)).Skip(1).OrderBy(one => one.Raw.BatchIndex).Select(one => one.Raw).ToArray();
        Assert.Equal([10L, 10, 10, 10, 0], records.Select(record => record.Quantity));
        Assert.Equal([false, true, false, true, false], records.Select(record => record.Flags.HasFlag(RecordFlags.Cached)));
    }

    [Fact]
    public async Task Everybody_gets_the_right_answer_when_many_ask_for_few_things_at_once()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Services = [Service(origin.Url) with { KeepMs = Rules(3) }];
            // Little room, so that answers are dropped while they are read.
            setup.Options = options => (options.RecallBytesMax, options.RecallAnswerBytesMax) = (4096, 1024);
        });
        var key = gateway.NewKey();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async client =>
        {
            var random = new Random(client);
            for (var i = 0; i < 100; i++)
            {
                var (id, asked) = ($"\"{client}-{i}\"", new string('x', random.Next(12) * 30) + random.Next(3));
                var reply = await gateway.Post(key, RpcClient.WithId(id, parameters: $"[\"{asked}\"]"));
                Assert.Equal($$"""{"jsonrpc":"2.0","id":{{id}},"result":"{{asked}}"}""", reply.Body);
            }
        }));
        var records = await gateway.Records(1600);
        Assert.Equal(16_000, records.Sum(one => one.Raw.Quantity));
        Assert.Equal(origin.Calls, records.Sum(one => (long)one.Raw.UpstreamCalls));
        Assert.Equal(1600 - origin.Calls, records.Count(one => one.Raw.Flags == Recalled));
    }

    [Fact]
    public async Task Large_answer_is_kept_whole()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.Huge(200_000);
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        var first = await gateway.Post(key);
        var second = await gateway.Post(key);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(1, origin.Calls);
        Assert.Equal((await gateway.Records(2))[0].Raw.AnswerDigest, gateway.Records()[1].Raw.AnswerDigest);
    }

    private static Dictionary<string, int> Rules(int keepMs = 60_000) =>
        new Dictionary<string, int> { ["eth_getBalance"] = keepMs, ["eth_sendRawTransaction"] = keepMs };

    private static ServiceConfig Service(string url) => GatewaySetup.ServiceOver(url) with { KeepMs = Rules() };

    private static Task<GatewayFixture> Keeping(string url) => GatewayFixture.Start(setup => setup.Services = [Service(url)]);
}
