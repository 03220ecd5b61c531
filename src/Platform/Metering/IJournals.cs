using Sluice.Kernel;

namespace Sluice.Platform.Metering;

/// <summary>The journals of all gateway processes and how far each is folded into the rollups.</summary>
public interface IJournals
{
    /// <summary>Makes a new journal known before its first record. Without a database it is made known later.</summary>
    Task Register(JournalId journal, string directory, string? internalUrl, CancellationToken ct = default);

    /// <summary>
    /// Folds what the journal holds into the rollups, in transactions that also move its position. Returns what
    /// was folded. <paramref name="ownerDead"/> is true only under the owner's lock: then holes are stepped over, and
    /// at the end the journal is closed and its leases go back.
    /// </summary>
    Task<PumpProgress> Pump(JournalId journal, string directory, bool ownerDead, CancellationToken ct = default);

    /// <summary>Takes over every journal under a directory whose owner is dead. Returns how many were closed.</summary>
    Task<int> TakeOver(string journalsDirectory, CancellationToken ct = default);
}

/// <param name="OldestUnpumped">Time of the oldest record not yet folded; null when all are.</param>
public sealed record PumpProgress(long Records, long Holes, bool AtEnd, DateTimeOffset? OldestUnpumped);
