using System.Globalization;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Calls that wait for an identical one under way, by POST, and what is recorded of them.</summary>
public sealed class JoinTests
{
    private const RecordFlags Recalled = RecordFlags.Cached | RecordFlags.Billed;

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Calls_alike_reach_the_upstream_once_and_have_a_record_each(bool nothingYet)
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        var result = nothingYet ? "null" : "\"0x7\"";
        origin.Default = Behaviours.When(release.Task, Behaviours.JsonRpc((_, _) => result));
        await using var gateway = await Keeping(origin.Url);
        var keys = new[] { gateway.NewKey(), gateway.NewKey() };
        var lead = gateway.Post(keys[0], RpcClient.WithId("0"));
        await Until.True(() => origin.Calls == 1, "the first call is at the upstream");
        var others = Enumerable.Range(1, 99)
            .Select(i => gateway.Post(keys[i % 2], RpcClient.WithId(i.ToString(CultureInfo.InvariantCulture)))).ToArray();
        await Until.True(() => gateway.Answers.Waiting == 99, "all others wait");
        release.SetResult();

        var replies = await Task.WhenAll(others.Prepend(lead));
        for (var i = 0; i < 100; i++) Assert.Equal($$"""{"jsonrpc":"2.0","id":{{i}},"result":{{result}}}""", replies[i].Body);
        Assert.Equal(1, origin.Calls);
        var records = await gateway.Records(100);
        Assert.All(records, one => Assert.Equal((Outcome.Answered, 10L), (one.Raw.Outcome, one.Raw.Quantity)));
        Assert.Equal(99, records.Count(one => one.Raw.Flags == Recalled && one.Raw.UpstreamCalls == 0 && one.Upstream.Length == 0));
        // What is not there yet is given to those who asked before, and to nobody later.
        await gateway.Post(keys[0]);
        Assert.Equal(nothingYet ? 2 : 1, origin.Calls);
    }

    [Fact]
    public async Task Followers_get_the_answer_when_the_leading_client_hangs_up()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = Behaviours.When(release.Task, Behaviours.JsonRpc());
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        using var leader = await RawClient.Connect(gateway.Port);
        await leader.Send(RawClient.Request("/v1/eth", key.Text, RpcClient.Call));
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        var follower = gateway.Post(key);
        await Until.True(() => gateway.Answers.Waiting == 1, "the second call waits");
        leader.Close();
        await Until.True(() => gateway.HangUps == 1, "the hang-up is noticed");
        release.SetResult();

        Assert.Contains("0xabc", (await follower).Body, StringComparison.Ordinal);
        Assert.Equal(1, origin.Calls);
        var records = await gateway.Records(2);
        Assert.Equal((0L, RecordFlags.None), Of(records.Single(one => one.Raw.Outcome == Outcome.Abandoned)));
        Assert.Equal((10L, Recalled), Of(records.Single(one => one.Raw.Outcome == Outcome.Answered)));
    }

    [Fact]
    public async Task Follower_that_hangs_up_is_let_go_without_a_call_and_is_not_billed()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = Behaviours.When(release.Task, Behaviours.JsonRpc());
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey(keyLimits: new(null, null, 10, null));
        var leads = gateway.Post(gateway.NewKey());
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        using var follower = await RawClient.Connect(gateway.Port);
        await follower.Send(RawClient.Request("/v1/eth", key.Text, RpcClient.Call));
        await Until.True(() => gateway.Answers.Waiting == 1, "the second call waits");
        follower.Close();

        // Recorded while the leading call is still under way.
        var abandoned = Assert.Single(await gateway.Records(1)).Raw;
        Assert.Equal((Outcome.Abandoned, 0L, RecordFlags.None, 0), (abandoned.Outcome, abandoned.Quantity, abandoned.Flags, abandoned.UpstreamCalls));
        release.SetResult();
        Assert.Equal(200, (await leads).Status);
        // Its units are free again.
        Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(1, origin.Calls);
    }

    [Fact]
    public async Task Followers_go_on_by_themselves_when_the_leading_call_faults()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Next(Behaviours.When(release.Task, Behaviours.Html(500)));
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        var leads = gateway.Post(key);
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        var followers = Enumerable.Range(0, 10).Select(_ => gateway.Post(key)).ToArray();
        await Until.True(() => gateway.Answers.Waiting == 10, "ten wait");
        release.SetResult();

        Assert.Equal(502, (await leads).Status);
        Assert.All(await Task.WhenAll(followers), reply => Assert.Equal(200, reply.Status));
        Assert.Equal(11, origin.Calls);
        var records = await gateway.Records(11);
        Assert.All(records, one => Assert.False(one.Raw.Flags.HasFlag(RecordFlags.Cached)));
        Assert.Equal(100, records.Sum(one => one.Raw.Quantity));
    }

    [Fact]
    public async Task Followers_share_the_callers_own_error_and_are_billed_for_it()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = Behaviours.When(release.Task, Behaviours.Revert());
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        var leads = gateway.Post(key);
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        var follower = gateway.Post(key, RpcClient.WithId("\"f\""));
        await Until.True(() => gateway.Answers.Waiting == 1, "one waits");
        release.SetResult();

        Assert.Equal((await leads).Body.Replace("\"id\":1,", "\"id\":\"f\",", StringComparison.Ordinal), (await follower).Body);
        var record = (await gateway.Records(2)).Single(one => one.Raw.UpstreamCalls == 0).Raw;
        Assert.Equal((Outcome.CallerError, 3, 10L, Recalled), (record.Outcome, record.RpcErrorCode, record.Quantity, record.Flags));
    }

    [Fact]
    public async Task Time_that_a_follower_waited_is_part_of_its_own_time()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = BrokenBehaviours.HangBeforeHeaders();
        await using var gateway = await GatewayFixture.Start(setup =>
            setup.Services = [Service(origin.Url) with { TimeoutMs = 3_000, AttemptsMax = 1 }]);
        var key = gateway.NewKey();
        var leads = gateway.Post(key);
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        var follower = await gateway.Post(key);

        Assert.Equal((504, 504), (follower.Status, (await leads).Status));
        // Half of it in waiting, the other half at the upstream.
        var record = (await gateway.Records(2)).MinBy(one => one.Raw.UpstreamLatencyMicros)!.Raw;
        Assert.InRange(record.LatencyMicros, 2_900_000u, 4_000_000u);
        Assert.InRange(record.UpstreamLatencyMicros, 1_000_000u, 2_000_000u);
    }

    [Fact]
    public async Task Followers_share_an_answer_that_is_too_large_to_be_kept()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = Behaviours.When(release.Task, Behaviours.Huge(1_000_000));
        await using var gateway = await Keeping(origin.Url);
        var key = gateway.NewKey();
        var leads = gateway.Post(key);
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        var followers = Enumerable.Range(0, 5).Select(_ => gateway.Post(key)).ToArray();
        await Until.True(() => gateway.Answers.Waiting == 5, "five wait");
        release.SetResult();

        var whole = (await leads).Body;
        Assert.True(whole.Length > 1_000_000);
        Assert.All(await Task.WhenAll(followers), reply => Assert.Equal(whole, reply.Body));
        Assert.Equal(1, origin.Calls);
        Assert.Equal((0L, 0L), (gateway.Answers.Answers, gateway.Answers.Bytes));
    }

    [Fact]
    public async Task Follower_keeps_its_own_deadline_when_the_leading_call_hangs()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Next(BrokenBehaviours.HangBeforeHeaders());
        await using var gateway = await GatewayFixture.Start(setup =>
            setup.Services = [Service(origin.Url) with { TimeoutMs = 2_000, AttemptsMax = 1 }]);
        var key = gateway.NewKey();
        var leads = gateway.Post(key);
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        var follower = await gateway.Post(key);

        // It waited for half its time, then asked for itself, while the leading call was still hanging.
        Assert.Equal(200, follower.Status);
        Assert.False(leads.IsCompleted);
        Assert.Equal(504, (await leads).Status);
        Assert.Equal(2, origin.Calls);
    }

    private static (long Units, RecordFlags Flags) Of(TestRecord one) => (one.Raw.Quantity, one.Raw.Flags);

    private static ServiceConfig Service(string url) =>
        GatewaySetup.ServiceOver(url) with { KeepMs = new Dictionary<string, int> { ["eth_getBalance"] = 60_000 } };

    private static Task<GatewayFixture> Keeping(string url) => GatewayFixture.Start(setup => setup.Services = [Service(url)]);
}
