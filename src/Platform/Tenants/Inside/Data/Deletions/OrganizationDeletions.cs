using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.SignIn;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>Plans the deletion of organizations, and takes it back.</summary>
internal sealed class OrganizationDeletions(
    IUnitsOfWork units, Suspensions suspensions, TenantTrail trail, DeletionPlan plan, DeletionLetters letters,
    Attempts attempts)
{
    public async Task<Result<Organization>> Delete(OrganizationId id, Actor actor, UnitOfWork? given, CancellationToken ct)
    {
        var unknown = Refusals.NoOrganization(id.ToString());
        if (actor.Check(Permission.OrganizationDelete, id, unknown, fresh: true) is { } closed) return closed;
        // Each plan is a mail to every owner.
        if (await attempts.Take(AttemptLimits.Mails(id.ToString(), actor.Origin), ct) is { } tooMany) return tooMany;
        return await Change(given, async work =>
        {
            var entered = await MemberBook.Enter(id, actor, Permission.OrganizationDelete, work, ct);
            if (!entered.Ok) return entered.Refusal;
            var found = (await OrganizationBook.Find(id, work, ct))!;
            if (found.DeleteAt is not null) return found;
            if (IsHeld(found, actor)) return DeletionRefusals.Suspended;
            var at = plan.At();
            await Set(id, at, work, ct);
            await plan.Enqueue(new DeleteOrganization(id, at), at, work, ct);
            await letters.Planned(found, at, work, ct);
            await trail.Record(
                work, actor, "tenants.organization.plan-deletion", id.ToString(), id, null, new { DeleteAt = at }, ct);
            return await Told(id, work, ct);
        }, ct);
    }

    public Task<Result<Organization>> Keep(OrganizationId id, Actor actor, UnitOfWork? given, CancellationToken ct) =>
        Change(given, async work =>
        {
            // What is taken back harms nobody: no fresh session is asked for.
            var unknown = Refusals.NoOrganization(id.ToString());
            if (actor.Check(Permission.OrganizationDelete, id, unknown) is { } closed) return closed;
            if (await OrganizationBook.Lock(id, work, ct) is not { } found) return unknown;
            if (found.DeleteAt is null) return DeletionRefusals.None;
            if (IsHeld(found, actor)) return DeletionRefusals.Suspended;
            await Set(id, null, work, ct);
            await trail.Record(
                work, actor, "tenants.organization.keep", id.ToString(), id, new { found.DeleteAt }, null, ct);
            return await Told(id, work, ct);
        }, ct);

    private async Task<Result<Organization>> Change(
        UnitOfWork? given, Func<UnitOfWork, Task<Result<Organization>>> change, CancellationToken ct)
    {
        var result = await units.Write(given, change, ct);
        if (given is null && result.Ok) await suspensions.Apply();
        return result;
    }

    // What an operator suspended is the operator's to decide.
    private static bool IsHeld(Organization one, Actor actor) =>
        one.SuspendedAt is not null && !actor.May(Permission.OrganizationsWrite);

    private static Task<int> Set(OrganizationId id, DateTimeOffset? at, UnitOfWork work, CancellationToken ct) =>
        work.Execute("UPDATE tenants.organizations SET delete_at = $2::timestamptz WHERE id = $1", [id.Value, at], ct);

    private async Task<Organization> Told(OrganizationId id, UnitOfWork work, CancellationToken ct)
    {
        var now = (await OrganizationBook.Find(id, work, ct))!;
        await suspensions.Tell(now, work, ct);
        return now;
    }
}
