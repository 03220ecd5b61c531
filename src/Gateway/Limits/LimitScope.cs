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
    public QuotaScopes Counted(LimitSettings now) => now is { Hard: false } soft
        ? (soft.DailyUnits is null ? QuotaScopes.None : day) | (soft.MonthlyUnits is null ? QuotaScopes.None : month)
        : QuotaScopes.None;

    /// <summary>
    /// The hard quotas that are in force; null where there is none, and then the desk is given what one had leased. One
    /// call reads <see cref="Settings"/> once, so that a quota which changes under it is charged either way.
    /// </summary>
    public QuotaMeter? Day(LimitSettings now, DateOnly today, AllowanceDesk desk) =>
        Current(ref _day, now.Hard ? now.DailyUnits : null, (day, today), desk);

    public QuotaMeter? Month(LimitSettings now, DateOnly today, AllowanceDesk desk) =>
        Current(ref _month, now.Hard ? now.MonthlyUnits : null, (month, new DateOnly(today.Year, today.Month, 1)), desk);

    /// <summary>The meters that exist, to be reclaimed or given back.</summary>
    public QuotaMeter? Existing(QuotaScopes scope) => scope == day ? _day : scope == month ? _month : null;

    private QuotaMeter? Current(
        ref QuotaMeter? meter, long? limit, (QuotaScopes Scope, DateOnly Period) of, AllowanceDesk desk)
    {
        var current = Volatile.Read(ref meter);
        if (limit is not { } units)
        {
            // What it had leased would lie idle until this process ends, and be missed if the quota turns hard again.
            if (current is not null && Interlocked.CompareExchange(ref meter, null, current) == current) desk.LetGo(current);
            return null;
        }
        // A thread whose clock was read just before midnight must not bring the past period back.
        if (current is not null && current.Period >= of.Period)
        {
            if (current.Limit != units)
            {
                Volatile.Write(ref current.Limit, units);
                Volatile.Write(ref current.RefusedUntil, 0);
            }
            return current;
        }
        // Units left in the meter of a past period stay leased there: that period will not need them again.
        var next = new QuotaMeter(Subject, of.Scope, of.Period, units);
        return Interlocked.CompareExchange(ref meter, next, current) == current ? next : meter;
    }
}
