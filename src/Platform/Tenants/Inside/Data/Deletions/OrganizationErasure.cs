using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>
/// Deletes an organization: what this room keeps of it, and by a fact what the others do. In three parts, because rooms take
/// their own rows first, the trail next, and those who are told last. Whoever calls holds the organization's row.
/// </summary>
internal sealed class OrganizationErasure(Suspensions suspensions, TenantTrail trail, IOutbox outbox, TimeProvider time)
{
    /// <summary>What an organization is called that is none any more.</summary>
    public const string Name = "Deleted organization";

    private static readonly string[] Tables = ["members", "invitations", "tokens", "exports"];

    public async Task Forget(Organization one, UnitOfWork work, CancellationToken ct)
    {
        foreach (var table in Tables)
            await work.Execute($"DELETE FROM tenants.{table} WHERE organization_id = $1", [one.Id.Value], ct);
        await work.Execute("""
            UPDATE tenants.organizations
            SET name = $2, suspended_at = NULL, suspended_why = NULL, delete_at = NULL, deleted_at = $3 WHERE id = $1
            """, [one.Id.Value, Name, time.GetMicros()], ct);
        await outbox.Record(new OrganizationDeleted(one.Id), work, ct);
    }

    public Task Record(Organization one, UnitOfWork work, CancellationToken ct) => trail.Record(
        work, Actor.System, "tenants.organization.delete", one.Id.ToString(), one.Id, null, null, ct);

    /// <summary>Its keys stay shut for ever, also where another room is slow to drop them.</summary>
    public Task Tell(Organization one, UnitOfWork work, CancellationToken ct) =>
        suspensions.Tell(one with { DeleteAt = one.DeleteAt ?? time.GetMicros() }, work, ct);
}

/// <summary>Runs a planned deletion of an organization.</summary>
internal sealed class DeleteOrganizationJob(IUnitsOfWork units, OrganizationErasure erasure, Suspensions suspensions)
    : IJobHandler<DeleteOrganization>
{
    public const string Name = "tenants.delete-organization";

    public async Task Handle(DeleteOrganization arguments, IJobContext job, CancellationToken ct)
    {
        await using var work = await units.Begin(ct);
        // Taken back, or planned anew: then another job does it.
        if (await OrganizationBook.Lock(arguments.Organization, work, ct) is { } one && one.DeleteAt == arguments.At)
        {
            await erasure.Forget(one, work, ct);
            await erasure.Record(one, work, ct);
            await erasure.Tell(one, work, ct);
        }
        await job.CompleteIn(work);
        await work.Commit(ct);
        await suspensions.Apply();
    }
}
