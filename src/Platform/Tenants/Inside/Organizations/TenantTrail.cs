using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Tenants.Inside.Organizations;

/// <summary>Writes events of this room, before and after as JSON without secrets.</summary>
internal sealed class TenantTrail(IAudit audit)
{
    public Task Record(
        UnitOfWork work, Actor actor, string action, string subject, OrganizationId? organization, object? before,
        object? after, CancellationToken ct) =>
        audit.Record(new AuditEvent(actor, action, subject, organization, Text(before), Text(after)), work, ct);

    /// <summary>That an operator read what an organization has: before it is answered.</summary>
    public Task Read(Actor actor, string action, string subject, OrganizationId organization, CancellationToken ct) =>
        audit.RecordRead(actor, action, subject, organization, ct);

    private static string? Text(object? value) => value is null ? null : JsonSerializer.Serialize(value, Http.Json);
}
