namespace Sluice.Platform.Jobs.Inside;

/// <summary>How long to wait after a failure: doubled each time, bounded, and spread by chance.</summary>
internal static class Backoff
{
    /// <param name="attempt">Runs so far, from 1.</param>
    /// <param name="first">The wait after the first.</param>
    /// <param name="longest">The longest, before chance.</param>
    /// <param name="jitter">The share that chance adds or takes at most, 0 to 1.</param>
    /// <param name="chance">Evenly from 0 to 1.</param>
    public static TimeSpan After(int attempt, TimeSpan first, TimeSpan longest, double jitter, double chance)
    {
        // In floating point, so that no number of attempts overflows.
        var doubled = first.TotalSeconds * Math.Pow(2, Math.Max(0, attempt - 1));
        var seconds = Math.Min(longest.TotalSeconds, doubled) * (1 + jitter * (2 * chance - 1));
        return TimeSpan.FromSeconds(Math.Max(0, seconds));
    }

    public static TimeSpan After(int attempt, JobQueue queue) =>
        After(attempt, queue.Backoff, queue.BackoffMax, queue.Jitter, Random.Shared.NextDouble());
}
