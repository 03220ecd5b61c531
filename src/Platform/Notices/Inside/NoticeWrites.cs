using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Notices.Inside;

/// <summary>What all writing verbs of the room share: the unit of work, the trail and the clock.</summary>
internal sealed class NoticeWrites(IUnitsOfWork units, IAudit audit, ITenants tenants, TimeProvider time)
{
    public ITenants Tenants => tenants;

    public DateTimeOffset Now => time.GetMicros();

    public Task<Result<T>> Run<T>(UnitOfWork? given, Func<UnitOfWork, Task<Result<T>>> verb, CancellationToken ct) =>
        units.Write(given, verb, ct);

    public Task Record(
        UnitOfWork work, Actor actor, string action, string subject, OrganizationId organization, object? before, object? after,
        CancellationToken ct) => audit.Record(
        new AuditEvent(actor, action, subject, organization, Text(before), Text(after)), work, ct);

    private static string? Text(object? value) => value is null ? null : JsonSerializer.Serialize(value, Http.Json);
}
