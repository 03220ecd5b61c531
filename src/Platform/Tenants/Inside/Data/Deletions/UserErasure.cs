using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>Deletes an account: what this room keeps of the person, and by a fact what the others do.</summary>
internal sealed class UserErasure(
    OrganizationErasure organizations, TenantTrail trail, IOutbox outbox, DeletionLetters letters, TimeProvider time)
{
    /// <summary>What a person is called who is gone.</summary>
    public const string Name = "Deleted user";

    // What hangs on sessions and tokens goes with them.
    private static readonly string[] Tables =
    [
        "members", "recovery_codes", "links", "challenges", "passkeys", "wallets", "logins", "grants", "sessions", "tokens",
        "exports",
    ];

    /// <summary>
    /// Deletes the account with the organizations that it alone owns and nobody else belongs to. What stands in the way by now
    /// keeps it, and the person is told.
    /// </summary>
    public async Task Erase(DeleteUser planned, UnitOfWork work, CancellationToken ct)
    {
        // All organizations first, in order, then the person: who leads what stands still from here on.
        var entered = await MembershipsLeft.All(planned.User, work, ct);
        foreach (var one in entered) await OrganizationBook.Lock(one, work, ct);
        if (await UserRows.HoldAmongOperators(planned.User, work, ct) is not { } user || user.DeleteAt != planned.At) return;
        if (!(await MembershipsLeft.All(user.Id, work, ct)).SequenceEqual(entered))
            throw new InvalidOperationException("The person's organizations changed meanwhile: the job begins again.");
        if (await UserDeletions.Refuse(user, work, ct) is { } why)
        {
            await Keep(user, why, work, ct);
            return;
        }
        // Own rows, then the trail, then those who are told: in the order in which everybody takes them.
        var alone = await MembershipsLeft.AloneIn(user.Id, work, ct);
        await letters.Deleted(user, work, ct);
        foreach (var one in alone) await organizations.Forget(one, work, ct);
        await Forget(user, work, ct);
        await outbox.Record(new UserDeleted(user.Id, user.IsVerified ? user.Email : null), work, ct);
        await trail.Record(work, Actor.System, "tenants.user.delete", user.Id.ToString(), null, null, null, ct);
        foreach (var one in alone) await organizations.Record(one, work, ct);
        foreach (var one in alone) await organizations.Tell(one, work, ct);
    }

    private async Task Keep(User user, Refusal why, UnitOfWork work, CancellationToken ct)
    {
        await UserDeletions.Set(user.Id, null, work, ct);
        await letters.Kept(user, why, work, ct);
        await trail.Record(
            work, Actor.System, "tenants.user.keep", user.Id.ToString(), null, new { user.DeleteAt }, new { Why = why.Code }, ct);
    }

    private async Task Forget(User user, UnitOfWork work, CancellationToken ct)
    {
        foreach (var table in Tables)
            await work.Execute($"DELETE FROM tenants.{table} WHERE user_id = $1", [user.Id.Value], ct);
        if (user.IsVerified) await work.Execute("DELETE FROM tenants.invitations WHERE email = $1", [user.Email], ct);
        await work.Execute("""
            UPDATE tenants.users
            SET email = $2, email_key = NULL, email_verified_at = NULL, password_hash = NULL, name = $3, time_zone = 'UTC',
                totp_pending = NULL, totp_secret = NULL, platform_role = 'none', suspended_at = $4, suspended_why = NULL,
                delete_at = NULL, deleted_at = $4
            WHERE id = $1
            """, [user.Id.Value, $"{user.Id}@deleted.invalid", Name, time.GetMicros()], ct);
    }
}

/// <summary>Runs a planned deletion of an account.</summary>
internal sealed class DeleteUserJob(IUnitsOfWork units, UserErasure erasure, Suspensions suspensions) : IJobHandler<DeleteUser>
{
    public const string Name = "tenants.delete-user";

    public async Task Handle(DeleteUser arguments, IJobContext job, CancellationToken ct)
    {
        await using var work = await units.Begin(ct);
        await erasure.Erase(arguments, work, ct);
        await job.CompleteIn(work);
        await work.Commit(ct);
        await suspensions.Apply();
    }
}
