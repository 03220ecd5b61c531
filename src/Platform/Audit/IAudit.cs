using Sluice.Kernel;

namespace Sluice.Platform.Audit;

/// <summary>The trail of changes. Events are appended in the transaction of the change and never edited.</summary>
public interface IAudit
{
    /// <summary>Appends one event to the trail, inside the caller's unit of work.</summary>
    Task Record(AuditEvent change, UnitOfWork work, CancellationToken ct = default);
}

/// <summary>
/// Who did what to which thing. <paramref name="Action"/> reads <c>room.noun.verb</c> (<c>keys.key.revoke</c>);
/// <paramref name="Subject"/> is the id on the wire; before and after are JSON without secrets.
/// </summary>
public sealed record AuditEvent(
    Actor Actor, string Action, string Subject, OrganizationId? Organization, string? Before, string? After);
