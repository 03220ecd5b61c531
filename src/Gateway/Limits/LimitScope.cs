using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Limits;

/// <summary>
/// The limits of one key, app or organization's plan, with their state. Settings can be replaced at any time; the
/// state stays.
/// </summary>
internal sealed class LimitScope(Guid subject, QuotaScopes day, QuotaScopes month, LimitSettings settings)
{
    private QuotaMeter? _day;
    private QuotaMeter? _month;

    public TokenBucket Requests;
    public TokenBucket Units;

    public Guid Subject { get; } = subject;

    public volatile LimitSettings Settings = settings;

    /// <summary>What the limits are called in headers and messages: key, app or plan.</summary>
    public string Name => day switch
    {
        QuotaScopes.KeyDay => "key",
        QuotaScopes.AppDay => "app",
        _ => "plan",
    };

    /// <summary>
    /// Soft quotas: what is spent is charged to them by the record, so that a quota which turns hard knows of it, but
    /// nothing is held.
    /// </summary>
    public QuotaScopes Counted => Settings is { Hard: false } soft
        ? (soft.DailyUnits is null ? QuotaScopes.None : day) | (soft.MonthlyUnits is null ? QuotaScopes.None : month)
        : QuotaScopes.None;

    /// <summary>The hard quotas that are in force; null where there is none.</summary>
    public QuotaMeter? Day(DateOnly today) => Current(ref _day, Settings.DailyUnits, day, today);

    public QuotaMeter? Month(DateOnly today) =>
        Current(ref _month, Settings.MonthlyUnits, month, new DateOnly(today.Year, today.Month, 1));

    /// <summary>The meters that exist, to be told of a recall or given back.</summary>
    public QuotaMeter? Existing(QuotaScopes scope) => scope == day ? _day : scope == month ? _month : null;

    private QuotaMeter? Current(ref QuotaMeter? meter, long? limit, QuotaScopes scope, DateOnly period)
    {
        var current = Volatile.Read(ref meter);
        if (limit is not { } units || !Settings.Hard)
        {
            // What it had leased is spent by records from now on: a quota that turns hard again must lease anew.
            if (current is not null) Interlocked.CompareExchange(ref meter, null, current);
            return null;
        }
        // A thread whose clock was read just before midnight must not bring the past period back.
        if (current is not null && current.Period >= period)
        {
            if (current.Limit != units)
            {
                Volatile.Write(ref current.Limit, units);
                Volatile.Write(ref current.RefusedUntil, 0);
            }
            return current;
        }
        // Units left in the meter of a past period stay leased there: that period will not need them again.
        var next = new QuotaMeter(Subject, scope, period, units);
        return Interlocked.CompareExchange(ref meter, next, current) == current ? next : meter;
    }
}
