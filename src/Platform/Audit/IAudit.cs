using Sluice.Kernel;

namespace Sluice.Platform.Audit;

/// <summary>The trail of changes. Events are appended in the transaction of the change and never edited.</summary>
public interface IAudit
{
    /// <summary>Appends one event to the trail, inside the caller's unit of work.</summary>
    Task Record(AuditEvent change, UnitOfWork work, CancellationToken ct = default);

    /// <summary>
    /// Appends that somebody of the installation read what belongs to others: before it is answered, so that what
    /// cannot be recorded is not shown. Does nothing for an actor who reads his own, nor for the process itself, which reads
    /// for somebody else: the system that comes from nowhere.
    /// </summary>
    /// <param name="action">Reads <c>room.noun.read</c>.</param>
    Task RecordRead(
        Actor actor, string action, string subject, OrganizationId? organization, CancellationToken ct = default);
}

/// <summary>
/// Who did what to which thing. <paramref name="Action"/> reads <c>room.noun.verb</c> (<c>keys.key.revoke</c>);
/// <paramref name="Subject"/> is the id on the wire; before and after are JSON without secrets. From where it came is
/// the actor's <see cref="Actor.Origin"/>.
/// </summary>
public sealed record AuditEvent(
    Actor Actor, string Action, string Subject, OrganizationId? Organization, string? Before, string? After);
