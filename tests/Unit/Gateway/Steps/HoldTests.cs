using System.Security.Cryptography;
using Sluice.Gateway;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Steps;
using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Unit.Gateway.Steps;

public sealed class HoldTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hold").FullName;
    private readonly UsageJournal _journal;
    private readonly Callers _callers = new();
    private readonly Clock _clock = new();

    public HoldTests()
    {
        _journal = UsageJournal.Open(
            new JournalOptions { Directory = _directory, SegmentSlots = 64, FreeDiskBytesMin = 0 }, TimeProvider.System);
        var limits = new LimitSettings(null, null, 1_000, 1_000);
        var organization = Guid.CreateVersion7();
        _callers.SetPlans(_ => new PlanConfig(["*"], limits));
        for (byte i = 0; i < 2; i++)
        {
            var app = Guid.CreateVersion7();
            _callers.Apply(new AppConfig(app, organization, AppRuleLists.Empty, limits));
            _callers.Apply(new KeyConfig(Guid.CreateVersion7(), app, false, Hash(i), limits, null, Revoked: false));
        }
    }

    [Theory]
    [InlineData("2026-03-31T23:59:59.9Z")]
    [InlineData("2026-04-01T00:00:00Z")]
    [InlineData("2026-12-31T12:00:00Z")]
    public async Task All_quotas_of_a_call_are_charged_in_the_period_of_its_record(string now)
    {
        _clock.Now = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture);
        AssertOnePeriod(await Hold(0));
    }

    [Theory]
    [InlineData("2026-04-01T00:00:01Z", "2026-03-31T23:59:59Z")]
    [InlineData("2026-03-31T00:00:01Z", "2026-03-30T23:59:59Z")]
    [InlineData("2027-01-01T00:00:00Z", "2026-11-30T00:00:00Z")]
    public async Task A_clock_that_went_back_does_not_split_a_call_over_two_periods(string first, string then)
    {
        _clock.Now = DateTimeOffset.Parse(first, System.Globalization.CultureInfo.InvariantCulture);
        AssertOnePeriod(await Hold(0));
        // The plan is shared, and is ahead now; the other app and key begin at the clock's time.
        _clock.Now = DateTimeOffset.Parse(then, System.Globalization.CultureInfo.InvariantCulture);
        AssertOnePeriod(await Hold(1));
    }

    [Fact]
    public async Task Soft_quotas_are_charged_and_hold_nothing()
    {
        _clock.Now = DateTimeOffset.Parse("2026-04-01T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        _callers.SetPlans(_ => new PlanConfig(["*"], new LimitSettings(null, null, null, 1, Hard: false)));
        var e = await Hold(0);
        Assert.Equal(
            QuotaScopes.KeyDay | QuotaScopes.KeyMonth | QuotaScopes.AppDay | QuotaScopes.AppMonth | QuotaScopes.PlanMonth, e.Quotas);
        Assert.Equal([false, false, false, false, true, true], e.Held.Select(meter => meter is null));
    }

    [Fact]
    public void A_quota_that_was_soft_for_a_while_leases_anew()
    {
        var hard = new LimitSettings(null, null, 100, null);
        var scope = new LimitScope(Guid.CreateVersion7(), QuotaScopes.KeyDay, QuotaScopes.KeyMonth, hard);
        var desk = new AllowanceDesk(new Plenty(), new GatewayOptions());
        var day = new DateOnly(2026, 4, 1);
        scope.Day(hard, day, desk)!.Leased(50, 1);
        Assert.Null(scope.Day(hard with { Hard = false }, day, desk));
        Assert.Equal(0, scope.Day(hard, day, desk)!.Available);
    }

    private async Task<Entry> Hold(byte caller)
    {
        var exchange = new Exchange { Caller = _callers.Find(Hash(caller)) };
        exchange[0].Units = 5;
        Assert.True(await new Hold(_journal, new AllowanceDesk(new Plenty(), new GatewayOptions()), _clock).Run(exchange, exchange[0]));
        return exchange[0];
    }

    // What the fold will charge follows from the record's time alone.
    private static void AssertOnePeriod(Entry e)
    {
        var day = DateOnly.FromDateTime(DateTime.UnixEpoch.AddMicroseconds(e.StartedMicros));
        var month = new DateOnly(day.Year, day.Month, 1);
        Assert.Equal([day, month, day, month, day, month], e.Held.Select(meter => meter!.Period));
    }

    private static byte[] Hash(byte key) => SHA256.HashData([key]);

    public void Dispose()
    {
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class Plenty : IAllowanceSource
    {
        public Task<AllowanceGrant> Lease(AllowanceQuota quota, long limit, long least, long wanted, CancellationToken ct) =>
            Task.FromResult(new AllowanceGrant(wanted, limit, 0));

        public Task Return(AllowanceQuota quota, long units, CancellationToken ct) => Task.CompletedTask;
    }
}
