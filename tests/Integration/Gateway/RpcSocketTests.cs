using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>JSON-RPC on WebSockets: every message is a call with all that belongs to one.</summary>
public sealed class RpcSocketTests
{
    private const string Subscribe = """{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}""";

    [Theory]
    [InlineData("7"), InlineData("\"a\""), InlineData("null"), InlineData("1.50"), InlineData("123456789012345678901234567890"),
        InlineData("\"\\u0041\"")]
    public async Task Socket_puts_the_clients_id_back_byte_for_byte_when_it_answers(string id)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url));
        using var socket = await gateway.Socket("/v1/eth");

        var answer = await socket.Ask($$"""{"jsonrpc":"2.0","id":{{id}},"method":"eth_call","params":[1.50]}""");

        Assert.Equal($$"""{"jsonrpc":"2.0","id":{{id}},"result":1.50}""", answer);
        Assert.DoesNotContain("slc_", string.Join(' ', origin.Received[0].Headers), StringComparison.Ordinal);
        Assert.Equal("upstream-secret-1", origin.Received[0].Header("X-Upstream-Key"));
        var record = await gateway.OnlyUsage();
        Assert.Equal(
            (Outcome.Answered, 5L, 0, "eth_call", "up1", answer.Length),
            (record.Raw.Outcome, record.Raw.Quantity, record.Raw.BatchIndex, record.Method, record.Upstream, record.Raw.BytesDown));
        Assert.Equal(RecordFlags.Socket | RecordFlags.Billed, record.Raw.Flags);
    }

    [Fact]
    public async Task Socket_tells_calls_apart_when_a_client_uses_one_id_twice()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url));
        using var socket = await gateway.Socket("/v1/eth");

        await socket.Say("""{"jsonrpc":"2.0","id":1,"method":"m","params":["a"]}""");
        await socket.Say("""{"jsonrpc":"2.0","id":1,"method":"m","params":["b"]}""");

        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":"a"}""", await socket.Hear());
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":"b"}""", await socket.Hear());
        Assert.Equal([0, 1], (await gateway.Usage(2)).Select(r => r.Raw.BatchIndex));
    }

    [Fact]
    public async Task Socket_answers_a_batch_in_order_when_some_entries_are_refused()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Rpc("eth", origin.Url);
            setup.Rules = AppRuleLists.Empty with { Methods = ["good", "silent"] };
        });
        using var socket = await gateway.Socket("/v1/eth");

        var answer = await socket.Ask("""
            [{"jsonrpc":"2.0","id":1,"method":"good","params":["x"]},{"jsonrpc":"2.0","id":2,"method":"bad"},
             {"jsonrpc":"2.0","method":"silent"},{"jsonrpc":"2.0","id":3,"method":"good","params":["y"]},5]
            """);

        using var json = JsonDocument.Parse(answer);
        Assert.Equal(["1", "2", "3", ""], json.RootElement.EnumerateArray().Select(a => a.GetProperty("id").ToString()));
        Assert.Equal(-32002, json.RootElement[1].GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal("y", json.RootElement[2].GetProperty("result").GetString());
        var usage = await gateway.Usage(5);
        Assert.Equal(15, usage.Sum(r => r.Raw.Quantity));
        Assert.Equal(2, usage.Count(r => r.Raw.Outcome == Outcome.Refused));
    }

    [Fact]
    public async Task Call_that_waits_for_room_is_settled_and_recorded_when_its_socket_ends()
    {
        const int calls = 1025;
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Silent();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Rpc("eth", origin.Url);
            setup.KeyLimits = new(null, null, 1_000_000, null);
        });
        using var socket = await gateway.Socket("/v1/eth");
        for (var i = 0; i < calls; i++) await socket.Say(RpcClient.WithId($"{i}", "eth_call"));
        long Held() => gateway.Allowance.Quotas.Sum(
            quota => gateway.Allowance.Granted(quota) - gateway.State.Callers.Meter(quota)!.Available);
        await Until.True(() => Held() == calls * 5, "all calls are taken in");
        gateway.Revoke(gateway.Key);

        var usage = await gateway.Usage(calls);
        Assert.All(usage, one => Assert.Equal((Outcome.Abandoned, 0L), (one.Raw.Outcome, one.Raw.Quantity)));
        Assert.Equal(0, Held());
    }

    [Fact]
    public async Task Call_that_waits_for_units_until_its_socket_is_over_is_settled_and_recorded()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Rpc("eth", origin.Url);
            setup.KeyLimits = new(null, null, 1000, null);
            // Longer than a socket's goodbye takes.
            setup.Allowance.Slow = TimeSpan.FromSeconds(3);
        });
        using var socket = await gateway.Socket("/v1/eth");
        await socket.Say(RpcClient.WithId("1", "eth_call"));
        await Until.True(() => gateway.Allowance.Leases > 0, "the call waits for units");
        gateway.Revoke(gateway.Key);

        var one = (await gateway.Usage(1))[0];
        Assert.Equal((Outcome.Abandoned, 0L, (ushort)499), (one.Raw.Outcome, one.Raw.Quantity, one.Raw.Status));
        var quota = Assert.Single(gateway.Allowance.Quotas);
        await Until.True(
            () => gateway.State.Callers.Meter(quota)!.Available == gateway.Allowance.Granted(quota), "the hold is settled");
        Assert.Empty(origin.SocketMessages);
    }

    [Fact]
    public async Task Socket_goes_on_when_a_message_is_refused()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Rpc("eth", origin.Url);
            setup.KeyLimits = new LimitSettings(2, null, null, null);
        });
        using var socket = await gateway.Socket("/v1/eth");

        Assert.Contains("-32700", await socket.Ask("{nonsense"), StringComparison.Ordinal);
        Assert.Contains("-32600", await socket.Ask("[]"), StringComparison.Ordinal);
        const string call = """{"jsonrpc":"2.0","id":9,"method":"m"}""";
        Assert.Contains("0x1", await socket.Ask(call), StringComparison.Ordinal);
        Assert.Contains("0x1", await socket.Ask(call), StringComparison.Ordinal);
        var limited = await socket.Ask(call);
        Assert.Contains("limit.rate", limited, StringComparison.Ordinal);
        Assert.Contains("\"id\":9", limited, StringComparison.Ordinal);
        await Until.True(async () => (await socket.Ask(call)).Contains("0x1", StringComparison.Ordinal), "the second passes");
    }

    [Fact]
    public async Task Socket_records_every_push_when_a_subscription_runs()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.JsonRpc(pushes: 3);
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url));
        using var socket = await gateway.Socket("/v1/eth");

        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":"0x1"}""", await socket.Ask(Subscribe));
        for (var i = 1; i <= 3; i++) Assert.Contains($"\"0x{i}\"}}", await socket.Hear(), StringComparison.Ordinal);
        Assert.Contains("true", await socket.Ask("""{"jsonrpc":"2.0","id":2,"method":"eth_unsubscribe","params":["0x1"]}"""), StringComparison.Ordinal);

        var usage = await gateway.Usage(5);
        var pushes = usage.Where(r => r.Raw.Flags.HasFlag(RecordFlags.Push)).ToArray();
        Assert.Equal([3L, 3, 3], pushes.Select(r => r.Raw.Quantity));
        Assert.Equal(["eth_subscription"], pushes.Select(r => r.Method).Distinct());
        Assert.Equal([0, 1, 2], pushes.Select(r => r.Raw.BatchIndex));
    }

    [Fact]
    public async Task Socket_is_closed_for_policy_when_a_push_finds_the_quota_used_up()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.JsonRpc(pushes: 50);
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Rpc("eth", origin.Url);
            setup.AppLimits = new LimitSettings(null, null, 14, null);
        });
        using var socket = await gateway.Socket("/v1/eth");
        await socket.Say(Subscribe);

        Assert.StartsWith("close:1008:", await socket.HearClose(), StringComparison.Ordinal);
        Assert.Equal(14, (await gateway.Usage(5)).Sum(r => r.Raw.Quantity));
    }

    [Fact]
    public async Task Socket_refuses_one_subscription_more_than_the_service_allows()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.JsonRpc(pushes: 0);
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url)
            .With(service => service with { SubscriptionsMax = 2 }));
        using var socket = await gateway.Socket("/v1/eth");

        await socket.Ask(Subscribe);
        await socket.Ask(Subscribe);
        Assert.Contains("limit.subscriptions", await socket.Ask(Subscribe), StringComparison.Ordinal);
        await socket.Ask("""{"jsonrpc":"2.0","id":2,"method":"eth_unsubscribe","params":["0x1"]}""");
        Assert.Contains("\"0x3\"", await socket.Ask(Subscribe), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_drops_answers_nobody_waits_for_and_times_out_when_the_right_one_never_comes()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = async (wire, ct) =>
        {
            await wire.Accept(ct);
            await wire.Receive(ct);
            await wire.Send("""{"jsonrpc":"2.0","id":424242,"result":"wrong"}""", ct);
            await wire.Send("""{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x9","result":1}}""", ct);
            await wire.Send("<html>", ct);
            await Task.Delay(Timeout.Infinite, ct);
        };
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url)
            .With(service => service with { TimeoutMs = 300 }));
        using var socket = await gateway.Socket("/v1/eth");

        var answer = await socket.Ask("""{"jsonrpc":"2.0","id":1,"method":"m"}""");

        Assert.Contains("upstream.timeout", answer, StringComparison.Ordinal);
        var record = await gateway.OnlyUsage();
        Assert.Equal((Outcome.UpstreamFault, 0L, false), (record.Raw.Outcome, record.Raw.Quantity, record.Billed));
    }

    [Theory]
    [InlineData("drop"), InlineData("tear"), InlineData("close")]
    public async Task Socket_answers_what_is_owed_and_closes_when_the_upstream_goes(string how)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = async (wire, ct) =>
        {
            await wire.Accept(ct);
            await wire.Receive(ct);
            if (how == "tear") await wire.SendTorn(ct);
            if (how == "close") await wire.Close(1001, ct);
        };
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url));
        using var socket = await gateway.Socket("/v1/eth");

        Assert.Contains("upstream.failed", await socket.Ask("""{"jsonrpc":"2.0","id":1,"method":"m"}"""), StringComparison.Ordinal);
        Assert.StartsWith("close:1011:", await socket.HearClose(), StringComparison.Ordinal);
        Assert.Equal((Outcome.UpstreamFault, 0L), ((await gateway.OnlyUsage()).Raw.Outcome, (await gateway.OnlyUsage()).Raw.Quantity));
    }

    [Fact]
    public async Task Socket_bills_nothing_when_the_client_goes_before_its_answer()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Silent();
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url));
        var socket = await gateway.Socket("/v1/eth");
        await socket.Say("""{"jsonrpc":"2.0","id":1,"method":"m"}""");
        await socket.Ask("{");
        socket.Abort();
        socket.Dispose();

        await Until.True(
            () => gateway.Records().Any(r => r.Raw.Outcome == Outcome.Abandoned && !r.Billed), "the call is recorded as abandoned");
    }

    [Theory]
    [InlineData("revoked"), InlineData("expired"), InlineData("rules")]
    public async Task Socket_is_closed_within_a_second_when_its_key_holds_no_more(string how)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url));
        var key = gateway.AddKey(expiresAt: how == "expired" ? TimeProvider.System.GetUtcNow().AddSeconds(1.5) : null);
        using var socket = await gateway.Socket("/v1/eth", options => options.SetRequestHeader("X-API-Key", key.Text));
        await socket.Ask("""{"jsonrpc":"2.0","id":1,"method":"m"}""");

        var from = TimeProvider.System.GetTimestamp();
        if (how == "revoked") gateway.Revoke(key);
        if (how == "rules") gateway.SetApp(AppRuleLists.Empty with { Services = ["other"] });

        Assert.StartsWith("close:1008:", await socket.HearClose(), StringComparison.Ordinal);
        Assert.InRange(TimeProvider.System.GetElapsedTime(from).TotalSeconds, 0, how == "expired" ? 5 : 2);
    }

    [Fact]
    public async Task Socket_is_closed_with_1009_when_a_message_is_too_large()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url)
            .With(service => service with { SocketMessageBytesMax = 1000 }));
        using var socket = await gateway.Socket("/v1/eth");

        await socket.Say(new string('x', 1001));

        Assert.StartsWith("close:1009:", await socket.HearClose(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_gets_its_answers_and_1001_when_the_gateway_drains()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Socket = async (wire, ct) =>
        {
            await wire.Accept(ct);
            var call = await wire.Receive(ct);
            await release.Task.WaitAsync(ct);
            await wire.Send("""{"jsonrpc":"2.0","id":1,"result":"late"}""", ct);
            await wire.Receive(ct);
        };
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", origin.Url));
        using var socket = await gateway.Socket("/v1/eth");
        await socket.Say("""{"jsonrpc":"2.0","id":"mine","method":"m"}""");
        await Until.True(() => !origin.SocketMessages.IsEmpty, "the call is up");

        var stopping = gateway.Stop();
        release.SetResult();

        Assert.Equal("""{"jsonrpc":"2.0","id":"mine","result":"late"}""", await socket.Hear());
        Assert.StartsWith("close:1001:", await socket.HearClose(), StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task Socket_is_refused_as_http_when_the_upstream_or_the_key_is_not_there()
    {
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("eth", $"http://127.0.0.1:{FreePort.Next()}"));

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => gateway.Socket("/v1/eth"));
        Assert.Contains("503", refused.Message, StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<WebSocketException>(
            () => gateway.Socket("/v1/eth", options => options.SetRequestHeader("X-API-Key", "slc_sk_nonsense")));
        Assert.Contains("401", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_passes_new_heads_on_when_a_real_chain_mines()
    {
        await using var node = await AnvilNode.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Rpc("devnet", node.Url));
        using var socket = await gateway.Socket("/v1/devnet");
        Assert.Contains("0x7a69", await socket.Ask("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"""), StringComparison.Ordinal);
        Assert.Contains("result", await socket.Ask(Subscribe), StringComparison.Ordinal);

        for (var block = 1; block <= 3; block++)
        {
            await node.Call("evm_mine");
            Assert.Contains(
                string.Create(CultureInfo.InvariantCulture, $"\"number\":\"0x{block:x}\""), await socket.Hear(), StringComparison.Ordinal);
        }
        Assert.Equal(3, (await gateway.Usage(5)).Count(r => r.Raw.Flags.HasFlag(RecordFlags.Push) && r.Billed));
    }
}
