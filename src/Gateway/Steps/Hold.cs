using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Steps;

/// <summary>
/// Reserves the call's units in every hard quota it counts against, all or nothing, from units that this process has
/// leased. Leasing more goes on beside the calls; only a call that finds too little waits for it.
/// </summary>
internal sealed class Hold(UsageJournal journal, AllowanceDesk desk, TimeProvider time)
{
    /// <summary>False when it is refused; what its rates were charged is the caller's to put back, if they were.</summary>
    public ValueTask<bool> Run(Exchange x, Entry e)
    {
        if (!journal.Accepting)
        {
            e.Refused = new Refused(GatewayError.CannotMeter);
            return new(false);
        }
        var caller = x.Caller!;
        var now = time.GetUtcNow();
        // The record's time decides the period that is charged, so it is taken here and not when the body began.
        e.StartedMicros = (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        // Around midnight, or when the clock was set back, a meter may be ahead of this thread's clock. One record has one
        // time, so all quotas of the call then go by that meter's period.
        for (var latest = Need(e, caller, today); latest > today; latest = Need(e, caller, today)) today = latest;
        if (e.Quotas == QuotaScopes.None) return new(true);
        var start = (today.ToDateTime(TimeOnly.MinValue) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        e.StartedMicros = Math.Max(e.StartedMicros, start);
        return TryHold(e) is { } missing ? Lease(e, missing) : new(true);
    }

    /// <summary>Ends the hold: what was not spent is free again.</summary>
    public static void Settle(Entry e, long spent)
    {
        if (!e.Holding) return;
        e.Holding = false;
        foreach (var meter in e.Held) meter?.Settle(e.Units, spent);
    }

    // The latest period of the quotas that the call needs.
    private DateOnly Need(Entry e, Caller caller, DateOnly today)
    {
        var key = Need(e, caller.Limits, 0, today);
        var app = Need(e, caller.App.Limits, 2, today);
        var plan = Need(e, caller.App.Organization.Plan, 4, today);
        return key > app ? (key > plan ? key : plan) : app > plan ? app : plan;
    }

    // Free calls are counted against no quota.
    private DateOnly Need(Entry e, LimitScope? scope, int at, DateOnly today)
    {
        if (scope is null || e.Units == 0) return today;
        var settings = scope.Settings;
        e.Quotas |= scope.Counted(settings);
        var (day, month) = (scope.Day(settings, today, desk), scope.Month(settings, today, desk));
        if (day is not null) (e.Held[at], e.Quotas) = (day, e.Quotas | day.Scope);
        if (month is not null) (e.Held[at + 1], e.Quotas) = (month, e.Quotas | month.Scope);
        if (day is not null && day.Period > today) today = day.Period;
        return month is not null && month.Period > today ? month.Period : today;
    }

    /// <summary>Null when all quotas hold; otherwise the first that could not, and none holds.</summary>
    private QuotaMeter? TryHold(Entry e)
    {
        for (var i = 0; i < e.Held.Length; i++)
        {
            if (e.Held[i] is not { } meter) continue;
            if (meter.TryHold(e.Units))
            {
                desk.LeaseAhead(meter);
                continue;
            }
            if (meter.Ended)
            {
                // Soft since this call began: it is charged by the record, and waits for nothing.
                e.Held[i] = null;
                continue;
            }
            while (--i >= 0) e.Held[i]?.Settle(e.Units, 0);
            return meter;
        }
        e.Holding = true;
        return null;
    }

    private async ValueTask<bool> Lease(Entry e, QuotaMeter missing)
    {
        for (QuotaMeter? next = missing; next is not null; next = TryHold(e))
        {
            var lease = await desk.Lease(next, e.Units).ConfigureAwait(false);
            if (lease == LeaseResult.Granted) continue;
            Refuse(e, next, lease);
            return false;
        }
        return true;
    }

    private void Refuse(Entry e, QuotaMeter meter, LeaseResult why)
    {
        // Nothing is held any more, so nothing may be settled later.
        Array.Clear(e.Held);
        e.Quotas = QuotaScopes.None;
        if (why == LeaseResult.SourceAway)
        {
            e.Refused = new Refused(GatewayError.QuotaUnknown);
            return;
        }
        var daily = meter.Scope is QuotaScopes.KeyDay or QuotaScopes.AppDay or QuotaScopes.PlanDay;
        var subject = meter.Scope switch
        {
            QuotaScopes.KeyDay or QuotaScopes.KeyMonth => "key",
            QuotaScopes.AppDay or QuotaScopes.AppMonth => "app",
            _ => "plan",
        };
        var end = daily ? meter.Period.AddDays(1) : meter.Period.AddMonths(1);
        var start = meter.Period.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        var until = end.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        var seconds = Math.Max(1, (long)Math.Ceiling((until - time.GetUtcNow().UtcDateTime).TotalSeconds));
        e.Refused = new Refused(GatewayError.QuotaUsedUp, Limit: new LimitHit(
            $"{subject}-{(daily ? "daily" : "monthly")}-units", meter.Limit, (long)(until - start).TotalSeconds,
            Math.Max(0, meter.Available + Volatile.Read(ref meter.Unleased)), seconds));
    }
}
