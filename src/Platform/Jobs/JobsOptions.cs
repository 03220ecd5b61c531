using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Jobs;

/// <summary>How facts are delivered. Section <c>Jobs</c>.</summary>
public sealed class JobsOptions
{
    /// <summary>Wait between looks into an empty outbox, in milliseconds. Default 500.</summary>
    [Range(1, 60_000)]
    public int PollMs { get; set; } = 500;

    /// <summary>Deliveries tried before a fact is set aside. Default 12: about a day with the waits below.</summary>
    [Range(1, 100)]
    public int AttemptsMax { get; set; } = 12;

    /// <summary>Wait after the first failure, in milliseconds, doubled with each further one. Default 1000.</summary>
    [Range(1, 3_600_000)]
    public int BackoffMs { get; set; } = 1000;

    /// <summary>Longest wait between attempts, in milliseconds. Default 21,600,000 (6 hours).</summary>
    [Range(1, 86_400_000)]
    public int BackoffMaxMs { get; set; } = 21_600_000;

    /// <summary>Longest time a subscriber may take, in milliseconds. Default 30,000.</summary>
    [Range(1, 3_600_000)]
    public int HandlingMaxMs { get; set; } = 30_000;
}
