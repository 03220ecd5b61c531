using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>When the gateway itself fails, or cannot record.</summary>
public sealed class RpcFailureTests
{
    [Fact]
    public async Task Unforeseen_failure_is_answered_with_an_id_and_costs_nothing()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey(keyLimits: new(null, null, 50, 50));
        gateway.Allowance.Bug = new InvalidOperationException("a secret detail");
        var reply = await gateway.Post(key);

        Assert.Equal((500, -32603, "gateway.internal"), (reply.Status, reply.RpcCode, reply.Type));
        Assert.DoesNotContain("secret detail", reply.Body, StringComparison.Ordinal);
        Assert.Contains(gateway.Log.Lines, line => line.Text.Contains("secret detail", StringComparison.Ordinal)
            && line.Text.Contains(reply.Header("X-Request-Id")!, StringComparison.Ordinal));

        var batch = await gateway.Post(key, $"[{RpcClient.Call},{RpcClient.Call}]");
        Assert.Equal(500, batch.Status);
        gateway.Allowance.Bug = null;
        for (var i = 0; i < 5; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal("limit.quota", (await gateway.Post(key)).Type);
    }

    [Fact]
    public async Task Full_disk_refuses_new_calls_answers_those_in_flight_and_recovers()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Services = [GatewaySetup.ServiceOver(origin.Url)];
            setup.Settings["Journal:SegmentSlots"] = "128";
        });
        var key = gateway.NewKey();
        Assert.Equal(200, (await gateway.Post(key)).Status);
        gateway.JournalOptions.FreeDiskBytesMin = long.MaxValue / 2;
        var answered = 1;
        RpcReply refused;
        while ((refused = await gateway.Post(key)).Status == 200) answered++;
        Assert.Equal((503, -32013, "meter.full"), (refused.Status, refused.RpcCode, refused.Type));
        Assert.InRange(answered, 100, 300);

        // Refusals leave the last slots alone, however many there are.
        for (var i = 0; i < 300; i++) Assert.Equal(503, (await gateway.Post(key)).Status);
        Assert.Equal(answered, gateway.Records().Count(one => one.Raw.Outcome == Outcome.Answered));
        Assert.Equal(answered, origin.Calls);

        gateway.JournalOptions.FreeDiskBytesMin = 0;
        await Until.True(async () => (await gateway.Post(key)).Status == 200, "it takes calls again");
        await Until.True(
            () => gateway.Records().Where(one => one.Raw.Status == 503).Sum(one => one.Raw.Count) >= 301, "refusals were summed");
    }

    [Fact]
    public async Task Call_in_flight_is_answered_and_recorded_when_the_disk_fills_up_meanwhile()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Services = [GatewaySetup.ServiceOver(origin.Url)];
            setup.Settings["Journal:SegmentSlots"] = "128";
        });
        var key = gateway.NewKey();
        origin.Next(Enumerable.Repeat(Behaviours.When(release.Task, Behaviours.JsonRpc()), 20).ToArray());
        var waiting = Enumerable.Range(0, 20).Select(_ => gateway.Post(key)).ToArray();
        await Until.True(() => origin.Calls == 20, "twenty calls are at the upstream");
        gateway.JournalOptions.FreeDiskBytesMin = long.MaxValue / 2;
        while ((await gateway.Post(key)).Status == 200)
        {
            // Until nothing new is taken.
        }
        release.SetResult();
        Assert.All(await Task.WhenAll(waiting), reply => Assert.Equal(200, reply.Status));
        Assert.Equal(origin.Calls, gateway.Records().Count(one => one.Raw.Quantity == 10));
    }
}
