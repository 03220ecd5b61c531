using Sluice.Gateway;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Integration.Rooms;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Rates and quotas of keys, apps and plans.</summary>
public sealed class RpcLimitTests
{
    private static readonly LimitSettings Free = LimitSettings.None;

    [Fact]
    public async Task Rate_refuses_with_its_policy_and_recovers_with_time()
    {
        await using var origin = MisbehavingOrigin.Start();
        var time = new StandingTime();
        await using var gateway = await Standing(origin, time);
        var key = gateway.NewKey(keyLimits: new(3, null, null, null));
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
        var reply = await gateway.Post(key);

        Assert.Equal((429, -32005, "limit.rate"), (reply.Status, reply.RpcCode, reply.Type));
        Assert.Equal("1", reply.Header("Retry-After"));
        Assert.Equal("\"key-requests\";r=0;t=1", reply.Header("RateLimit"));
        Assert.Equal("\"key-requests\";q=3;w=1", reply.Header("RateLimit-Policy"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await gateway.Post(key)).Status);
    }

    [Fact]
    public async Task Quota_that_turns_soft_gives_back_what_it_had_leased_and_not_spent()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var hard = new LimitSettings(null, null, 1000, null);
        var key = gateway.NewKey(keyLimits: hard);
        Assert.Equal(200, (await gateway.Post(key)).Status);
        var quota = Assert.Single(gateway.Allowance.Quotas);
        Assert.True(gateway.Allowance.Granted(quota) > 10);

        gateway.State.Callers.Apply(key.Config with { Limits = hard with { Hard = false } });
        Assert.Equal(200, (await gateway.Post(key)).Status);
        await Until.True(() => gateway.Allowance.Granted(quota) == 10, "only what the hard quota spent is leased");
        // Hard again: all but the ten units is there to be leased.
        gateway.State.Callers.Apply(key.Config with { Limits = hard });
        for (var i = 0; i < 99; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(429, (await gateway.Post(key)).Status);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("app")]
    [InlineData("plan")]
    public async Task Units_rate_refuses_at_its_scope_and_names_it(string scope)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Standing(origin, new StandingTime());
        var limits = new LimitSettings(null, 25, null, null);
        if (scope == "plan") gateway.SetPlan(new PlanConfig(["*"], limits));
        var key = gateway.NewKey(keyLimits: scope == "key" ? limits : Free, appLimits: scope == "app" ? limits : Free);
        Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(200, (await gateway.Post(key)).Status);
        var reply = await gateway.Post(key);
        Assert.Equal((429, "limit.units", $"\"{scope}-units\";q=25;w=1"), (reply.Status, reply.Type, reply.Header("RateLimit-Policy")));
    }

    [Fact]
    public async Task Limit_that_refuses_leaves_all_other_limits_uncharged()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Standing(origin, new StandingTime());
        // The first key can make one call; its app could make four of two keys.
        var first = gateway.NewKey(keyLimits: new(10, 1000, null, null), appLimits: new(4, 40, null, null));
        var second = gateway.NewKey(keyLimits: new(2, null, null, null), sameAppAs: first);
        gateway.SetPlan(new PlanConfig(["*"], new(null, 1000, null, null)));
        Assert.Equal(200, (await gateway.Post(second)).Status);
        Assert.Equal(200, (await gateway.Post(second)).Status);
        for (var i = 0; i < 20; i++) Assert.Equal("key-requests", Policy(await gateway.Post(second)));
        // The refusals above took nothing from the app.
        Assert.Equal(200, (await gateway.Post(first)).Status);
        Assert.Equal(200, (await gateway.Post(first)).Status);
        for (var i = 0; i < 50; i++) Assert.Equal("app-requests", Policy(await gateway.Post(first)));
        // And those of the app nothing from the key, whose ten requests are not used up by fifty refusals.
        gateway.State.Callers.Apply(first.App with { Limits = Free });
        for (var i = 0; i < 8; i++) Assert.Equal(200, (await gateway.Post(first)).Status);
        Assert.Equal("key-requests", Policy(await gateway.Post(first)));
    }

    [Fact]
    public async Task Quota_that_refuses_leaves_rates_uncharged()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Standing(origin, new StandingTime());
        var key = gateway.NewKey(keyLimits: new(5, null, 20, null));
        Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(200, (await gateway.Post(key)).Status);
        for (var i = 0; i < 30; i++) Assert.Equal("limit.quota", (await gateway.Post(key)).Type);
        Assert.Equal("limit.quota", (await gateway.Post(key)).Type);
    }

    [Fact]
    public async Task Rate_of_zero_refuses_everything()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        Assert.Equal("limit.rate", (await gateway.Post(gateway.NewKey(keyLimits: new(0, null, null, null)))).Type);
        Assert.Equal("limit.units", (await gateway.Post(gateway.NewKey(keyLimits: new(null, 0, null, null)))).Type);
        Assert.Equal("limit.quota", (await gateway.Post(gateway.NewKey(keyLimits: new(null, null, 0, null)))).Type);
    }

    [Fact]
    public async Task Batch_takes_limits_in_its_order_and_answers_200_when_some_pass()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Standing(origin, new StandingTime());
        var key = gateway.NewKey(keyLimits: new(2, null, null, null));
        var calls = string.Join(',', Enumerable.Range(0, 4).Select(i => RpcClient.WithId($"{i}")));
        var reply = await gateway.Post(key, $"[{calls}]");
        Assert.Equal(200, reply.Status);
        Assert.Equal([true, true, false, false], reply.Json.EnumerateArray().Select(entry => entry.TryGetProperty("result", out _)));
        var none = await gateway.Post(key, $"[{calls}]");
        Assert.Equal((429, "1"), (none.Status, none.Header("Retry-After")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(7L)]
    public async Task Quota_is_exact_under_200_parallel_clients(long? sliceMax)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Services = [GatewaySetup.ServiceOver(origin.Url) with { DefaultUnits = 1 }];
            setup.Allowance.SliceMax = sliceMax;
        });
        var key = gateway.NewKey(keyLimits: new(null, null, 500, null), appLimits: new(null, null, null, 700));
        var statuses = new int[1000];
        await Parallel.ForAsync(0, statuses.Length, new ParallelOptions { MaxDegreeOfParallelism = 200 }, async (i, _) =>
            statuses[i] = (await gateway.Post(key)).Status);

        Assert.Equal(500, statuses.Count(status => status == 200));
        Assert.Equal(500, statuses.Count(status => status == 429));
        Assert.Equal(500, origin.Calls);
        var billed = gateway.Records().Where(one => one.Raw.Quantity > 0).ToArray();
        Assert.Equal(500, billed.Sum(one => one.Raw.Quantity));
        Assert.All(billed, one => Assert.Equal(QuotaScopes.KeyDay | QuotaScopes.AppMonth, one.Raw.Quotas));
    }

    [Fact]
    public async Task Quota_lets_the_last_units_be_used_by_calls_of_any_price()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Services = [GatewaySetup.ServiceOver(origin.Url)];
            setup.Allowance.SliceMax = 25;
        });
        var key = gateway.NewKey(keyLimits: new(null, null, 30, null));
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
        var reply = await gateway.Post(key);
        Assert.Equal((429, "limit.quota", "key-daily-units"), (reply.Status, reply.Type, Policy(reply)));
    }

    [Fact]
    public async Task Call_that_is_not_billed_gives_its_units_back()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey(keyLimits: new(null, null, 20, null));
        origin.Default = Behaviours.Html(500);
        for (var i = 0; i < 10; i++) Assert.Equal(502, (await gateway.Post(key)).Status);
        origin.Default = Behaviours.JsonRpc();
        Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(429, (await gateway.Post(key)).Status);
    }

    [Fact]
    public async Task Hard_quota_is_served_up_to_its_slice_and_soft_ones_go_on_while_the_source_is_away()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Services = [GatewaySetup.ServiceOver(origin.Url)];
            setup.Allowance.SliceMax = 50;
        });
        var hard = gateway.NewKey(keyLimits: new(null, null, 1000, null));
        var soft = gateway.NewKey(keyLimits: new(null, null, 1000, 5000, Hard: false));
        Assert.Equal(200, (await gateway.Post(hard)).Status);
        gateway.Allowance.Away = true;
        for (var i = 0; i < 4; i++) Assert.Equal(200, (await gateway.Post(hard)).Status);
        var reply = await gateway.Post(hard);
        Assert.Equal((503, "limit.quota-unknown", -32014), (reply.Status, reply.Type, reply.RpcCode));
        for (var i = 0; i < 120; i++) Assert.Equal(200, (await gateway.Post(soft)).Status);
        gateway.Allowance.Away = false;
        await Processes.Until.True(async () => (await gateway.Post(hard)).Status == 200, "the quota is known again");
    }

    [Fact]
    public async Task Quota_begins_anew_with_the_day_and_the_record_says_the_day_that_was_charged()
    {
        var time = new ManualTime();
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => (setup.Services, setup.Time) = ([GatewaySetup.ServiceOver(origin.Url)], time));
        var key = gateway.NewKey(keyLimits: new(null, null, 10, 25));
        Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal("key-daily-units", Policy(await gateway.Post(key)));
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(200, (await gateway.Post(key)).Status);
        time.Advance(TimeSpan.FromDays(1));
        var reply = await gateway.Post(key);
        Assert.Equal("key-monthly-units", Policy(reply));
        Assert.Equal("1252800", reply.Header("Retry-After")![..7]);

        var days = gateway.Records().Where(one => one.Raw.Quantity > 0)
            .Select(one => DateTimeOffset.UnixEpoch.AddTicks(one.Raw.AtMicros * 10).Day);
        Assert.Equal([15, 16], days);
        Assert.Equal(10, gateway.Allowance.Granted(new AllowanceQuota(key.Config.Id, QuotaScopes.KeyDay, new DateOnly(2030, 1, 16))));
    }

    [Fact]
    public async Task Units_that_another_process_needs_are_given_back_but_for_those_promised()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey(keyLimits: new(null, null, 100, null));
        Assert.Equal(200, (await gateway.Post(key)).Status);
        var quota = Assert.Single(gateway.Allowance.Quotas);
        Assert.Equal(100, gateway.Allowance.Granted(quota));
        await gateway.Returns.GiveBack(quota, CancellationToken.None);
        Assert.Equal(10, gateway.Allowance.Granted(quota));
    }

    private static string Policy(RpcReply reply) => reply.Header("RateLimit-Policy")?.Split('"')[1] ?? "";

    private static Task<GatewayFixture> Standing(MisbehavingOrigin origin, TimeProvider time) => GatewayFixture.Start(
        setup => (setup.Services, setup.Time) = ([GatewaySetup.ServiceOver(origin.Url)], time));

    /// <summary>Stands until it is advanced, its ticks too; timers are the system's.</summary>
    private sealed class StandingTime : TimeProvider
    {
        private long _ticks = new DateTimeOffset(2030, 1, 15, 12, 0, 0, TimeSpan.Zero).UtcTicks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}
