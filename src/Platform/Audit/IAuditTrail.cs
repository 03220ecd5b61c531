using Sluice.Kernel;

namespace Sluice.Platform.Audit;

/// <summary>Reads the trail back and proves it.</summary>
public interface IAuditTrail
{
    /// <summary>
    /// Recomputes every hash of the chain from the first event to the head, and checks every checkpoint against it: its
    /// signature, and that the trail still has its event. Streams, so its cost is one pass over the table and little
    /// memory.
    /// </summary>
    /// <param name="witness">What was seen of the trail earlier and kept elsewhere: it must still be so.</param>
    Task<AuditProof> Verify(Witness? witness = null, CancellationToken ct = default);

    /// <summary>
    /// Events, newest first, at most <paramref name="limit"/>: of one organization for those who may read its trail
    /// (<see cref="Permission.AuditRead"/>), of all for the installation's auditors
    /// (<see cref="Permission.PlatformAuditRead"/>).
    /// </summary>
    Task<Result<IReadOnlyList<RecordedEvent>>> List(
        AuditQuery query, Actor actor, long? before = null, int limit = 100, CancellationToken ct = default);

    /// <summary>The same as <see cref="List"/>, oldest first and to the end, one by one: for export.</summary>
    Task<Result<Done>> Export(
        AuditQuery query, Actor actor, Func<RecordedEvent, Task> each, CancellationToken ct = default);

    /// <summary>
    /// Signs the head of the chain, so that nobody who can write to the database can make another past of it. Null when
    /// nothing happened since the last checkpoint.
    /// </summary>
    Task<Checkpoint?> Sign(CancellationToken ct = default);

    /// <summary>The last checkpoints, newest first.</summary>
    Task<IReadOnlyList<Checkpoint>> Checkpoints(int limit = 100, CancellationToken ct = default);

    /// <summary>The public halves of the keys that sign, as PEM (SubjectPublicKeyInfo, P-256), by id.</summary>
    Task<IReadOnlyDictionary<string, string>> PublicKeys(CancellationToken ct = default);
}

/// <summary>Which events; null matches all.</summary>
/// <param name="Organization">Those that touch it.</param>
/// <param name="Action">The action, or the beginning of it up to a dot: <c>keys</c>, <c>keys.key</c>.</param>
/// <param name="Subject">The id of the thing.</param>
/// <param name="Actor">The id of who did it.</param>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
public sealed record AuditQuery(
    OrganizationId? Organization = null, string? Action = null, string? Subject = null, string? Actor = null,
    DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>An event as it was recorded. Before and after are JSON.</summary>
/// <param name="Number">Its place in the chain, from 1.</param>
public sealed record RecordedEvent(
    long Number, DateTimeOffset At, string ActorKind, string Actor, string Action, string Subject,
    OrganizationId? Organization, string? Before, string? After, string? RequestId, string? IpPrefix, string? Agent,
    string Hash);

/// <summary>
/// A signature over <c>sluice-audit-1 {number} {hash} {at}</c>, the hash in lower hexadecimal digits and the time in
/// microseconds since 1970: ECDSA over P-256 and SHA-256 (RFC 7518 section 3.4: R and S, 64 bytes).
/// </summary>
public sealed record Checkpoint(long Number, DateTimeOffset At, string Hash, string KeyId, string Signature);

/// <summary>The hash of an event, kept where whoever holds the database does not reach.</summary>
/// <param name="Hash">64 lower hexadecimal digits.</param>
public sealed record Witness(long Number, string Hash);

/// <param name="Events">How many events were read and hold.</param>
/// <param name="BrokenAt">
/// Number of the first event that does not follow from the one before, is missing, or is not what a checkpoint signed;
/// null when the chain holds.
/// </param>
/// <param name="Checkpoints">How many checkpoints hold.</param>
/// <param name="Why">What is wrong at <paramref name="BrokenAt"/>, in a sentence.</param>
public sealed record AuditProof(long Events, long? BrokenAt, long Checkpoints = 0, string? Why = null);
