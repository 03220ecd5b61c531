using System.ComponentModel.DataAnnotations;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Usage;

/// <summary>Settings of this process's journal.</summary>
public sealed class JournalOptions
{
    /// <summary>The directory that holds one directory a journal. Set by the host from its data directory.</summary>
    [Required]
    public string Directory { get; set; } = "";

    /// <summary>Slots of a segment, 256 bytes each. Default: 262,144 (64 MB).</summary>
    [Range(64, JournalFormat.SegmentSlotsMax)]
    public int SegmentSlots { get; set; } = JournalFormat.SegmentSlotsMax;

    /// <summary>The longest time that a record waits for fsync, milliseconds. Default: 5.</summary>
    [Range(1, 1000)]
    public int SyncIntervalMs { get; set; } = 5;

    /// <summary>
    /// Free disk space under which no further segment is prepared, bytes, so that the database keeps some room.
    /// Default: 256 MB.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long FreeDiskBytesMin { get; set; } = 256L * 1024 * 1024;
}
