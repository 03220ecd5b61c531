using Sluice.Gateway.Limits;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Unit.Gateway.Limits;

public sealed class QuotaMeterTests
{
    [Fact]
    public void Meter_holds_no_more_than_was_leased_whoever_asks_at_once()
    {
        var meter = Leased(1000);
        var held = 0;
        Parallel.For(0, 5000, _ =>
        {
            if (meter.TryHold(3)) Interlocked.Add(ref held, 3);
        });
        Assert.Equal(999, held);
        Assert.Equal(1, meter.Available);
    }

    [Fact]
    public void Meter_gives_back_what_a_hold_did_not_spend()
    {
        var meter = Leased(10);
        Assert.True(meter.TryHold(10));
        meter.Settle(10, 4);
        Assert.Equal(6, meter.Available);
    }

    [Fact]
    public void Meter_holds_a_minute_at_the_recent_pace_whenever_it_does_not_lease_ahead()
    {
        var meter = Leased(1000);
        for (var i = 0; i < 600; i++)
        {
            Assert.True(meter.TryHold(1));
            meter.Settle(1, 1);
        }
        meter.TakeAll();
        meter.Leased(meter.Wanted(1, nowMs: 11_000), nowMs: 11_000);
        while (!meter.RunsLow) Assert.True(meter.TryHold(1));
        // 60 a second: the last unit before the next lease leaves what a minute needs.
        Assert.Equal(3600 - 1, meter.Available);
    }

    [Fact]
    public async Task Meter_lets_one_lease_and_makes_the_others_join()
    {
        var meter = Leased(0);
        Assert.True(meter.BeginLease(out _));
        Assert.False(meter.BeginLease(out var joined));
        Assert.False(joined.IsCompleted);
        meter.EndLease();
        await joined.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.True(meter.BeginLease(out _));
    }

    private static QuotaMeter Leased(long units)
    {
        var meter = new QuotaMeter(Guid.Empty, QuotaScopes.KeyDay, new DateOnly(2026, 1, 1), 1_000_000);
        meter.Leased(units, nowMs: 1_000);
        return meter;
    }
}
