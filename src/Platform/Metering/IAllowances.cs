using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering;

/// <summary>
/// Quotas over several processes. A process leases units of a quota from the database, spends them in memory and
/// settles through its journal: what was leased and never recorded goes back, also when the process died.
/// </summary>
public interface IAllowances
{
    /// <summary>
    /// Leases up to <paramref name="wanted"/> units, at least <paramref name="least"/>, to a journal. Granted 0 means
    /// that less than <paramref name="least"/> is left; the answer then says whether other processes hold some still.
    /// </summary>
    Task<LeaseGrant> Lease(
        JournalId journal, QuotaKey quota, long limit, long least, long wanted, CancellationToken ct = default);

    /// <summary>Gives back units that were leased and will not be spent.</summary>
    Task Return(JournalId journal, QuotaKey quota, long units, CancellationToken ct = default);

    /// <summary>
    /// Asks whoever holds unspent units of a quota to return them; raised by a process that was granted nothing.
    /// </summary>
    Action<QuotaKey>? Reclaimed { get; set; }
}

/// <summary>
/// One quota of one subject in one period. <paramref name="Subject"/> is the key's, app's or organization's id;
/// <paramref name="Period"/> the first day of the period (UTC).
/// </summary>
public readonly record struct QuotaKey(Guid Subject, QuotaScopes Scope, DateOnly Period);

/// <param name="Granted">Units now leased besides those leased before.</param>
/// <param name="Unleased">What the quota still holds after this grant.</param>
/// <param name="HeldElsewhere">Units that are leased by others and not yet recorded as spent.</param>
public readonly record struct LeaseGrant(long Granted, long Unleased, long HeldElsewhere);
