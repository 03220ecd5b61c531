using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Jobs;

/// <summary>How jobs are run and facts are delivered. Section <c>Jobs</c>.</summary>
public sealed class JobsOptions
{
    /// <summary>
    /// Wait between looks into an empty queue or outbox when nothing tells of news, in milliseconds. Default 500.
    /// </summary>
    [Range(1, 60_000)]
    public int PollMs { get; set; } = 500;

    /// <summary>
    /// How long a job stays with a worker that is not heard of, in milliseconds; a living one renews its claims three
    /// times in that. What a killed process ran begins again after it. Default 30,000.
    /// </summary>
    [Range(500, 3_600_000)]
    public int ClaimMs { get; set; } = 30_000;

    /// <summary>
    /// How long a shutdown waits for running jobs before it tells them to stop, in milliseconds; those that do are handed
    /// back. Default 10,000.
    /// </summary>
    [Range(0, 600_000)]
    public int DrainMs { get; set; } = 10_000;

    /// <summary>Connections that one process takes at a time to claim and complete jobs. Default 8.</summary>
    [Range(1, 100)]
    public int ConnectionsMax { get; set; } = 8;

    /// <summary>How long jobs that are done or cancelled are kept, in hours; 0 drops what is done at once. Default 168.</summary>
    [Range(0, 87_600)]
    public int KeepHours { get; set; } = 168;

    /// <summary>How long dead jobs and facts that were given up are kept, in days. Default 90.</summary>
    [Range(1, 3650)]
    public int KeepDeadDays { get; set; } = 90;

    /// <summary>Deliveries tried before a fact is set aside. Default 12: about a day with the waits below.</summary>
    [Range(1, 100)]
    public int AttemptsMax { get; set; } = 12;

    /// <summary>Wait after the first failure of a delivery, in milliseconds, doubled with each further. Default 1000.</summary>
    [Range(1, 3_600_000)]
    public int BackoffMs { get; set; } = 1000;

    /// <summary>Longest wait between attempts of a delivery, in milliseconds. Default 21,600,000 (6 hours).</summary>
    [Range(1, 86_400_000)]
    public int BackoffMaxMs { get; set; } = 21_600_000;

    /// <summary>Longest time a subscriber may take, in milliseconds. Default 30,000.</summary>
    [Range(1, 3_600_000)]
    public int HandlingMaxMs { get; set; } = 30_000;

    /// <summary>Facts that one process delivers at a time. Default 4.</summary>
    [Range(1, 100)]
    public int DeliveriesAtOnce { get; set; } = 4;
}
