namespace Sluice.Gateway.Limits;

/// <summary>
/// A token bucket kept as the one number of the generic cell rate algorithm (ITU-T I.371): the time at which the
/// bucket would be full again. It holds one second's worth, and at least one call of any price that it could ever
/// pay for. Taken without a lock.
/// </summary>
internal struct TokenBucket
{
    private const long Second = 1_000_000_000;

    private long _fullAtNanos;

    /// <summary>
    /// Takes <paramref name="count"/> tokens at <paramref name="perSecond"/>; otherwise the wait in ns. A rate of 0
    /// gives nothing, ever.
    /// </summary>
    public bool TryTake(long count, long perSecond, long nowNanos, out long waitNanos)
    {
        waitNanos = Second;
        if (perSecond <= 0) return false;
        var cost = Cost(count, perSecond);
        while (true)
        {
            var before = Volatile.Read(ref _fullAtNanos);
            var from = Math.Max(before, nowNanos);
            // A call dearer than the whole bucket passes when the bucket is full, and empties it beyond its bottom.
            var room = Math.Max(Second, cost);
            waitNanos = from + cost - nowNanos - room;
            if (waitNanos > 0) return false;
            if (Interlocked.CompareExchange(ref _fullAtNanos, from + cost, before) == before) return true;
        }
    }

    /// <summary>Puts back what was taken for a call that another limit refused.</summary>
    public void PutBack(long count, long perSecond)
    {
        if (perSecond > 0) Interlocked.Add(ref _fullAtNanos, -Cost(count, perSecond));
    }

    /// <summary>Whole tokens left.</summary>
    public long Left(long perSecond, long nowNanos)
    {
        if (perSecond <= 0) return 0;
        var debt = Math.Max(0, Volatile.Read(ref _fullAtNanos) - nowNanos);
        return Math.Max(0, (Second - debt) / Math.Max(1, Cost(1, perSecond)));
    }

    private static long Cost(long count, long perSecond) =>
        (long)Int128.Min((Int128)count * Second / perSecond, long.MaxValue / 4);
}
