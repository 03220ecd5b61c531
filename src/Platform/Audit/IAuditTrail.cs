namespace Sluice.Platform.Audit;

/// <summary>Reads the trail back and proves it.</summary>
public interface IAuditTrail
{
    /// <summary>
    /// Recomputes every hash of the chain from the first event to the head. Streams, so its cost is one pass over the
    /// table and little memory.
    /// </summary>
    Task<AuditProof> Verify(CancellationToken ct = default);
}

/// <param name="Events">How many events were read.</param>
/// <param name="BrokenAt">
/// Number of the first event that does not follow from the one before or is missing; null when the chain holds.
/// </param>
public sealed record AuditProof(long Events, long? BrokenAt);
