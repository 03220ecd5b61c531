using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Limits;

/// <summary>
/// One hard quota in one period, as this process sees it: the units it leased and has neither spent nor promised to
/// a call under way. Holds and returns are single atomic steps.
/// </summary>
internal sealed class QuotaMeter(Guid subject, QuotaScopes scope, DateOnly period, long limit)
{
    private const long AheadMs = 120_000;

    private readonly Lock _gate = new();
    private long _available;
    private long _used;
    private long _usedAtLease;
    private long _leasedAt;
    private long _lastLease;
    private int _leasing;
    private TaskCompletionSource? _lease;

    public Guid Subject { get; } = subject;
    public QuotaScopes Scope { get; } = scope;
    public DateOnly Period { get; } = period;

    /// <summary>The limit may be changed while the period runs.</summary>
    public long Limit = limit;

    /// <summary>What the quota held in the database after the last lease; only for answers to people.</summary>
    public long Unleased;

    /// <summary>Until when (ms tick) no further lease is asked for, because the last one was refused.</summary>
    public long RefusedUntil;

    /// <summary>Whether the last lease failed because the database was away, not because the quota is used up.</summary>
    public bool SourceAway;

    /// <summary>Set once no call takes units from it any more: what comes to it later is to be given back.</summary>
    public volatile bool Ended;

    public long Available => Volatile.Read(ref _available);

    public bool TryHold(long units)
    {
        while (true)
        {
            var before = Volatile.Read(ref _available);
            if (before < units) return false;
            if (Interlocked.CompareExchange(ref _available, before - units, before) == before) return true;
        }
    }

    /// <summary>Ends a hold: <paramref name="spent"/> of <paramref name="held"/> units were used.</summary>
    public void Settle(long held, long spent)
    {
        if (held != spent) Interlocked.Add(ref _available, held - spent);
        Interlocked.Add(ref _used, spent);
    }

    /// <summary>Takes all that is not promised, to give it back.</summary>
    public long TakeAll() => Interlocked.Exchange(ref _available, 0);

    /// <summary>
    /// Units to ask for: what two minutes need at the recent pace, at least <paramref name="least"/>. The next lease
    /// begins when half is gone, so that a minute's worth is held whenever the database goes away. The source gives less
    /// near the end.
    /// </summary>
    public long Wanted(long least, long nowMs)
    {
        var used = Volatile.Read(ref _used) - _usedAtLease;
        var ms = Math.Max(1, nowMs - _leasedAt);
        var ahead = _leasedAt == 0 ? 0 : (long)Int128.Min((Int128)used * AheadMs / ms, Limit);
        return Math.Max(Math.Max(least, 100), ahead);
    }

    public void Leased(long units, long nowMs)
    {
        _usedAtLease = Volatile.Read(ref _used);
        _leasedAt = nowMs;
        Volatile.Write(ref _lastLease, units);
        Interlocked.Add(ref _available, units);
    }

    /// <summary>Whether it is time to lease ahead: less than half of the last lease is left.</summary>
    public bool RunsLow => Available < Volatile.Read(ref _lastLease) / 2;

    /// <summary>Joins the lease under way, or becomes the one that asks: then it must call <see cref="EndLease"/>.</summary>
    public bool BeginLease(out Task joined)
    {
        lock (_gate)
        {
            if (_leasing == 1)
            {
                joined = (_lease ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                return false;
            }
            _leasing = 1;
            joined = Task.CompletedTask;
            return true;
        }
    }

    public bool Leasing => Volatile.Read(ref _leasing) == 1;

    public void EndLease()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _leasing = 0;
            waiting = _lease;
            _lease = null;
        }
        waiting?.SetResult();
    }
}
