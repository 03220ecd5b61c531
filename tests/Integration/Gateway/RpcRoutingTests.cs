using System.Diagnostics;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Which upstream gets a call, and what follows a fault.</summary>
public sealed class RpcRoutingTests
{
    public static TheoryData<string, Behaviour> Faults => new()
    {
        { "500", Behaviours.Html(500) },
        { "429", Behaviours.TooManyRequests(1) },
        { "wrong id", Behaviours.WrongId() },
        { "truncated", BrokenBehaviours.Truncated() },
        { "reset", BrokenBehaviours.ResetWithoutAnswer() },
        { "close", BrokenBehaviours.CloseWithoutAnswer() },
        { "hang", BrokenBehaviours.HangBeforeHeaders() },
        { "hang in body", BrokenBehaviours.HangMidBody() },
        { "noise", BrokenBehaviours.Noise() },
        { "malformed chunks", BrokenBehaviours.MalformedChunks() },
        { "false gzip", BrokenBehaviours.FalseGzip() },
        { "node error", Behaviours.InternalError() },
        { "limit exceeded", Behaviours.LimitExceeded() },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public async Task Safe_call_goes_to_another_upstream_and_an_unsafe_one_never(string name, Behaviour fault)
    {
        await using var first = MisbehavingOrigin.Start();
        await using var second = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Services =
            [GatewaySetup.ServiceOver(first.Url, second.Url) with { TimeoutMs = 1_000 }]);
        var key = gateway.NewKey();
        // Whichever is asked first fails; the other one is well.
        foreach (var origin in new[] { first, second }) origin.Default = FirstOf(fault);
        var safe = await gateway.Post(key);
        Assert.True(safe.Status == 200 && safe.RpcCode == 0, name + safe.Body);
        Assert.Equal(2, first.Calls + second.Calls);

        foreach (var origin in new[] { first, second }) origin.Default = fault;
        var once = await gateway.Post(key, RpcClient.WithId("1", "eth_sendTransaction", "[{}]"));
        Assert.True(once.Status is 502 or 504 || once.RpcCode != 0, name + once.Body);
        Assert.Equal(3, first.Calls + second.Calls);

        Behaviour FirstOf(Behaviour behaviour) => (exchange, ct) =>
            (first.Calls + second.Calls == 1 ? behaviour : Behaviours.JsonRpc())(exchange, ct);
    }

    [Fact]
    public async Task Unsafe_call_goes_to_another_upstream_when_the_first_never_saw_it()
    {
        await using var good = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over($"http://127.0.0.1:{FreePort.Next()}", good.Url);
        var key = gateway.NewKey();
        for (var i = 0; i < 10; i++)
            Assert.Equal(200, (await gateway.Post(key, RpcClient.WithId("1", "eth_sendTransaction", "[{}]"))).Status);
        Assert.Equal(10, good.Calls);
    }

    [Fact]
    public async Task Call_is_refused_with_503_when_no_upstream_can_be_reached_or_there_is_none()
    {
        await using var gateway = await GatewayFixture.Start(setup => setup.Services =
            [GatewaySetup.ServiceOver($"http://127.0.0.1:{FreePort.Next()}"), GatewaySetup.ServiceOver() with { Name = "empty" }]);
        var key = gateway.NewKey();
        var away = await gateway.Post(key);
        Assert.Equal((503, "upstream.none"), (away.Status, away.Type));
        var none = await gateway.Post(key, path: "/v1/empty");
        Assert.Equal((503, "upstream.none"), (none.Status, none.Type));
        Assert.All(await gateway.Records(2), one => Assert.Equal(0, one.Raw.Quantity));
    }

    [Fact]
    public async Task Upstream_is_put_out_after_faults_in_a_row_and_comes_back()
    {
        await using var bad = MisbehavingOrigin.Start();
        await using var good = MisbehavingOrigin.Start();
        bad.Default = Behaviours.Html(500);
        await using var gateway = await GatewayFixture.Over(bad.Url, good.Url);
        var key = gateway.NewKey();
        for (var i = 0; i < 100; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(5, bad.Calls);

        bad.Default = Behaviours.JsonRpc();
        await Until.True(async () => (await gateway.Post(key)).Status == 200 && bad.Calls > 10, "it gets calls again");
    }

    [Fact]
    public async Task Slow_upstream_gets_fewer_calls_than_a_fast_one()
    {
        await using var slow = MisbehavingOrigin.Start();
        await using var fast = MisbehavingOrigin.Start();
        slow.Default = Behaviours.After(TimeSpan.FromMilliseconds(100), Behaviours.JsonRpc());
        await using var gateway = await GatewayFixture.Over(slow.Url, fast.Url);
        var key = gateway.NewKey();
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) => await gateway.Post(key));
        Assert.Equal(400, slow.Calls + fast.Calls);
        Assert.InRange(slow.Calls, 1, 200);
    }

    [Fact]
    public async Task Stale_connections_are_not_the_clients_trouble_however_many_there_are()
    {
        await using var origin = MisbehavingOrigin.Start();
        var gate = new TaskCompletionSource();
        origin.Default = Behaviours.When(gate.Task, Behaviours.JsonRpc());
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey();
        var calls = Enumerable.Range(0, 40).Select(_ => gateway.Post(key)).ToArray();
        await Until.True(() => origin.Calls == 40, "forty calls at once");
        gate.SetResult();
        Assert.All(await Task.WhenAll(calls), reply => Assert.Equal(200, reply.Status));
        for (var round = 0; round < 3; round++)
        {
            origin.CutConnections();
            await Until.True(() => origin.OpenConnections == 0, "all are cut");
            Assert.Equal(200, (await gateway.Post(key)).Status);
        }
        Assert.All(gateway.Records(), one => Assert.Equal(10, one.Raw.Quantity));
    }

    [Fact]
    public async Task Total_time_is_kept_whatever_is_retried()
    {
        await using var first = MisbehavingOrigin.Start();
        await using var second = MisbehavingOrigin.Start();
        await using var third = MisbehavingOrigin.Start();
        foreach (var origin in new[] { first, second, third }) origin.Default = BrokenBehaviours.HangBeforeHeaders();
        await using var gateway = await GatewayFixture.Start(setup => setup.Services =
            [GatewaySetup.ServiceOver(first.Url, second.Url, third.Url) with { TimeoutMs = 1_000 }]);
        var watch = Stopwatch.StartNew();
        var reply = await gateway.Post(gateway.NewKey());
        Assert.Equal((504, "upstream.timeout"), (reply.Status, reply.Type));
        Assert.InRange(watch.ElapsedMilliseconds, 900, 2_500);
        Assert.Equal(3, Assert.Single(await gateway.Records(1)).Raw.UpstreamCalls);
    }

    [Fact]
    public async Task Dripping_upstream_is_cut_when_its_time_is_up()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = BrokenBehaviours.Drip(TimeSpan.FromMilliseconds(100));
        await using var gateway = await GatewayFixture.Start(setup => setup.Services = [GatewaySetup.ServiceOver(origin.Url) with { TimeoutMs = 500 }]);
        Assert.Equal(504, (await gateway.Post(gateway.NewKey())).Status);
        await Until.True(() => origin.OpenConnections == 0, "the connection is closed");
    }

    [Fact]
    public async Task Call_under_way_keeps_its_deadline_when_its_upstream_is_replaced()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = BrokenBehaviours.HangBeforeHeaders();
        await using var gateway = await GatewayFixture.Start(setup => setup.Services = [GatewaySetup.ServiceOver(origin.Url) with { TimeoutMs = 1_000 }]);
        var call = gateway.Post(gateway.NewKey());
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        gateway.State.Swap([GatewaySetup.ServiceOver(origin.Url) with { Upstreams = [GatewaySetup.Upstream("up0", origin.Url, ("X-New", "1"))] }]);
        Assert.Equal(504, (await call.WaitAsync(TimeSpan.FromSeconds(10))).Status);
    }

    [Theory]
    [InlineData("0x1", "0x10")]
    [InlineData("0x7a69", "0x1")]
    public async Task Upstream_gets_no_calls_when_its_probe_finds_another_chain_or_a_lagging_head(string chain, string head)
    {
        await using var odd = MisbehavingOrigin.Start();
        await using var good = MisbehavingOrigin.Start();
        odd.ProbesMisbehave = good.ProbesMisbehave = true;
        odd.Default = Behaviours.JsonRpc((method, _) => method switch
        {
            "eth_chainId" => $"\"{chain}\"",
            "eth_blockNumber" => $"\"{head}\"",
            _ => "\"0x1\"",
        });
        good.Default = Behaviours.JsonRpc((method, _) => method == "eth_blockNumber" ? "\"0x1000\"" : "\"0x7a69\"");
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Services = [GatewaySetup.ServiceOver(odd.Url, good.Url) with { Probe = ProbeKind.Evm, ChainId = "31337" }];
            setup.Options = options => options.ProbeIntervalMs = 1;
        });
        var key = gateway.NewKey();
        await Until.True(() => odd.Probes >= 1 && good.Probes >= 2, "both are probed");
        await Until.True(
            async () =>
            {
                var before = odd.Calls;
                for (var i = 0; i < 20; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
                return odd.Calls == before;
            },
            "the odd one is left out");
        Assert.All(gateway.Records(), one => Assert.Equal("eth_getBalance", one.Method));
    }
}
