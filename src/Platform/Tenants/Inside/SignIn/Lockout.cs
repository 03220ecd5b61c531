namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>
/// How long the next attempt waits after so many. The first ones are free; from then on the wait doubles with each, up to a
/// longest one; one attempt is forgotten a period. Pure.
/// </summary>
/// <param name="Free">Attempts without wait.</param>
/// <param name="First">The first wait.</param>
/// <param name="Longest">The longest wait.</param>
/// <param name="Forget">After each such time one attempt less counts.</param>
internal sealed record Lockout(int Free, TimeSpan First, TimeSpan Longest, TimeSpan Forget)
{
    // Enough for every wait to be the longest; a count never grows beyond what can be forgotten.
    private const int DoublingsMax = 30;

    /// <summary>What counts at a time of the attempts that were counted last at another.</summary>
    public int Left(Tally tally, DateTimeOffset at)
    {
        var periods = at <= tally.At ? 0 : (at - tally.At).Ticks / Forget.Ticks;
        return periods >= tally.Count ? 0 : tally.Count - (int)periods;
    }

    /// <summary>Zero where an attempt may be made now.</summary>
    public TimeSpan Wait(Tally tally, DateTimeOffset at)
    {
        var left = Left(tally, at);
        if (left < Free) return TimeSpan.Zero;
        var until = tally.At + After(left);
        return until > at ? until - at : TimeSpan.Zero;
    }

    /// <summary>The tally with one attempt more.</summary>
    public Tally Take(Tally tally, DateTimeOffset at) =>
        new(Math.Min(Left(tally, at) + 1, Free + DoublingsMax), at > tally.At ? at : tally.At);

    /// <summary>When nothing of it counts any more.</summary>
    public DateTimeOffset ForgottenAt(Tally tally) => tally.At + tally.Count * Forget;

    private TimeSpan After(int count)
    {
        var doublings = Math.Min(count - Free, DoublingsMax);
        var wait = First.TotalSeconds * Math.Pow(2, doublings);
        return wait >= Longest.TotalSeconds ? Longest : TimeSpan.FromSeconds(wait);
    }
}

/// <param name="Count">Attempts that counted when the last one was made.</param>
/// <param name="At">When that was.</param>
internal readonly record struct Tally(int Count, DateTimeOffset At);
