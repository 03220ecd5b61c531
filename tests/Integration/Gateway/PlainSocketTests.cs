using System.Net.WebSockets;
using System.Text;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Sockets of plain HTTP services: messages as they are, each counted.</summary>
public sealed class PlainSocketTests
{
    [Fact]
    public async Task Socket_passes_text_binary_and_fragments_on_and_counts_both_ways()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Echo();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("feed", origin.Url + "/base")
            .With(service => service with { MessageUpUnits = 4, MessageDownUnits = 2 }));
        using var socket = await gateway.Socket("/v1/feed/live?x=1", options => options.AddSubProtocol("quotes"));

        Assert.Equal("quotes", socket.SubProtocol);
        Assert.Equal("hello", await socket.Ask("hello"));
        await socket.SendAsync(Encoding.UTF8.GetBytes("he"), WebSocketMessageType.Binary, false, CancellationToken.None);
        await socket.SendAsync(Encoding.UTF8.GetBytes("llo!"), WebSocketMessageType.Binary, true, CancellationToken.None);
        Assert.Equal("hello!", await socket.Hear());
        var large = new string('x', 100_000);
        Assert.Equal(large, await socket.Ask(large));

        Assert.Equal("/base/live?x=1", origin.Received[0].Target);
        Assert.DoesNotContain("slc_", string.Join(' ', origin.Received[0].Headers), StringComparison.Ordinal);
        var usage = await gateway.Usage(6);
        Assert.Equal((3 * 4) + (3 * 2), usage.Sum(r => r.Raw.Quantity));
        Assert.Equal(100_011, usage.Sum(r => r.Raw.BytesUp));
        Assert.Equal(100_011, usage.Sum(r => r.Raw.BytesDown));
        Assert.All(usage, r => Assert.Equal(("feed", "WS"), (r.Service, r.Method)));
    }

    [Fact]
    public async Task Socket_closes_for_policy_when_the_quota_is_used_up()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Echo();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Http("feed", origin.Url);
            setup.KeyLimits = new LimitSettings(null, null, 3, null);
        });
        using var socket = await gateway.Socket("/v1/feed");

        for (var i = 0; i < 3; i++) Assert.Equal("m", await socket.Ask("m"));
        await socket.Say("m");

        Assert.StartsWith("close:1008:", await socket.HearClose(), StringComparison.Ordinal);
        Assert.Equal(3, (await gateway.Usage(7)).Sum(r => r.Raw.Quantity));
    }

    [Fact]
    public async Task Socket_passes_the_upstreams_close_code_on_when_it_says_goodbye()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.CloseAfter(1, 4001);
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("feed", origin.Url));
        using var socket = await gateway.Socket("/v1/feed");
        await socket.Ask("m");

        Assert.StartsWith("close:4001:", await socket.HearClose(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_is_closed_when_nothing_moves_for_too_long()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Echo();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("feed", origin.Url)
            .With(service => service with { IdleTimeoutMs = 300 }));
        using var socket = await gateway.Socket("/v1/feed");

        Assert.StartsWith("close:1001:", await socket.HearClose(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_is_refused_when_a_key_has_too_many_or_a_rule_speaks_of_json_rpc()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Echo();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Http("feed", origin.Url);
            setup.Settings["Gateway:SocketsPerKeyMax"] = "1";
        });
        using var first = await gateway.Socket("/v1/feed");
        var second = await Assert.ThrowsAsync<WebSocketException>(() => gateway.Socket("/v1/feed"));
        Assert.Contains("429", second.Message, StringComparison.Ordinal);
        first.Abort();
        gateway.SetApp(AppRuleLists.Empty with { Methods = ["eth_call"] });
        await Until.True(
            async () => (await Assert.ThrowsAsync<WebSocketException>(() => gateway.Socket("/v1/feed")))
                .Message.Contains("403", StringComparison.Ordinal),
            "the place is free again and the rule refuses");
    }

    [Fact]
    public async Task Socket_holds_the_upstream_back_when_the_client_does_not_read()
    {
        await using var origin = MisbehavingOrigin.Start();
        var sent = 0;
        var message = new string('x', 64 * 1024);
        origin.Socket = async (wire, ct) =>
        {
            await wire.Accept(ct);
            for (; sent < 4000; Interlocked.Increment(ref sent)) await wire.Send(message, ct);
        };
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("feed", origin.Url));
        using var socket = await gateway.Socket("/v1/feed");

        // The origin comes to a halt, long before the 256 MB that it wants to send.
        var (last, since) = (-1, TimeProvider.System.GetTimestamp());
        await Until.True(
            () =>
            {
                var now = Volatile.Read(ref sent);
                if (now != last) (last, since) = (now, TimeProvider.System.GetTimestamp());
                return TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(1);
            },
            "the origin waits");

        Assert.InRange(last, 1, 1000);
        Assert.Equal(message, await socket.Hear());
    }
}
