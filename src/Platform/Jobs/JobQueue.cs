namespace Sluice.Platform.Jobs;

/// <summary>
/// A queue and how it is worked off. Declared in code by <see cref="JobsModule.AddQueue"/>; a queue that is not has these
/// defaults.
/// </summary>
/// <param name="Name">Lower-case words joined by hyphens, at most 40 characters; stands in metrics and commands.</param>
public sealed record JobQueue(string Name)
{
    /// <summary>Jobs that one process runs at a time. Default 8.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Jobs that run at a time over all processes, exactly; null for no such bound. Default null.</summary>
    public int? ConcurrencyEverywhere { get; init; }

    /// <summary>
    /// Jobs begun a second over all processes, exactly (one token bucket in the database); null for no rate. Default null.
    /// </summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Jobs that may begin at once after a quiet time, where there is a rate. Default 1.</summary>
    public int Burst { get; init; } = 1;

    /// <summary>
    /// Jobs taken with one statement, at most. 1 claims and completes each by itself, each place in turn; with more, those
    /// that end together are completed together. Default 100.
    /// </summary>
    public int Batch { get; init; } = 100;

    /// <summary>Runs of a job before it is dead. Default 12: about three hours with the waits below.</summary>
    public int AttemptsMax { get; init; } = 12;

    /// <summary>Wait after the first failure, doubled with each further one. Default 5 s.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait between two runs. Default 6 hours.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromHours(6);

    /// <summary>
    /// Share of a wait that chance decides, so that what failed together does not come back together: 0.2 spreads 10 s
    /// over 8 to 12 s. Default 0.2.
    /// </summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>Longest time of one run; then the handler is told to stop, and the run has failed. Default 10 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);
}
