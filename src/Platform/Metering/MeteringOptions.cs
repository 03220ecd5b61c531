using System.ComponentModel.DataAnnotations;

namespace Sluice.Platform.Metering;

/// <summary>Settings of metering: section <c>Metering</c>.</summary>
public sealed class MeteringOptions
{
    /// <summary>The directory that holds one directory a journal. Set by the host from its data directory.</summary>
    public string JournalsDirectory { get; set; } = "";

    /// <summary>The longest time between two runs of the pump, milliseconds. Default: 500.</summary>
    [Range(10, 60_000)]
    public int PumpIntervalMs { get; set; } = 500;

    /// <summary>Records that one transaction folds, at most. Default: 50,000.</summary>
    [Range(1, 1_000_000)]
    public int PumpBatch { get; set; } = 50_000;

    /// <summary>Time between two searches for journals of dead processes, milliseconds. Default: 3,000.</summary>
    [Range(100, 600_000)]
    public int TakeoverIntervalMs { get; set; } = 3_000;

    /// <summary>How long archived segments, and with them the request log, are kept, hours. Default: 168 (7 days).</summary>
    [Range(0, 100_000)]
    public int ArchiveHours { get; set; } = 168;

    /// <summary>
    /// Size of all archived segments of a node above which the oldest are deleted early, bytes. Default: 20 GB.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long ArchiveBytesMax { get; set; } = 20L * 1024 * 1024 * 1024;

    /// <summary>How long leases and quotas are kept after the first day of their period, days. Default: 70.</summary>
    [Range(40, 4000)]
    public int LeaseDays { get; set; } = 70;

    /// <summary>How long usage is kept by the minute, days. Older usage is told by the hour. Default: 35.</summary>
    [Range(2, 36_500)]
    public int MinuteDays { get; set; } = 35;

    /// <summary>
    /// How long usage is kept by the hour, days; not less than by the minute. Older usage is told by the day, for ever.
    /// Default: 400.
    /// </summary>
    [Range(2, 36_500)]
    public int HourDays { get; set; } = 400;

    /// <summary>
    /// Sums that <c>sluice doctor</c> holds in memory at a time when it compares the books; more groups take more
    /// passes. Default: 200,000.
    /// </summary>
    [Range(1, 10_000_000)]
    public int BooksGroupsMax { get; set; } = 200_000;

    /// <summary>Time after which a search of the request log is given up, milliseconds. Default: 10,000.</summary>
    [Range(100, 600_000)]
    public int LogTimeoutMs { get; set; } = 10_000;

    /// <summary>
    /// What nodes show each other to read the request log, at least 32 characters. Empty (the default) closes the
    /// internal route. A secret.
    /// </summary>
    public string InternalToken { get; set; } = "";
}
