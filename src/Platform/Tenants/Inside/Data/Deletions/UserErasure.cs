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
    private static readonly string[] Kept =
    [
        "members", "recovery_codes", "links", "challenges", "passkeys", "wallets", "logins", "grants", "sessions", "tokens",
        "exports",
    ];

    /// <summary>
    /// Deletes the account with the organizations that nobody else belongs to. What stands in the way by now keeps it, and the
    /// person is told.
    /// </summary>
    public async Task Erase(DeleteUser planned, UnitOfWork work, CancellationToken ct)
    {
        // Organizations first, as everywhere, each before the person.
        var alone = await MembershipsLeft.AloneIn(planned.User, work, ct);
        foreach (var one in alone) await OrganizationBook.Lock(one.Id, work, ct);
        if (await UserRows.Hold(planned.User, work, ct) is not { } user || user.DeleteAt != planned.At) return;
        if (await UserDeletions.Refuse(user, work, ct) is { } why)
        {
            await UserDeletions.Set(user.Id, null, work, ct);
            await letters.Kept(user, why, work, ct);
            await trail.Record(
                work, Actor.System, "tenants.user.keep", user.Id.ToString(), null, new { user.DeleteAt }, new { Why = why.Code },
                ct);
            return;
        }
        if (!(await MembershipsLeft.AloneIn(user.Id, work, ct)).Select(one => one.Id).SequenceEqual(alone.Select(one => one.Id)))
            throw new InvalidOperationException("The person's organizations changed meanwhile: the job begins again.");
        await letters.Deleted(user, work, ct);
        await Forget(user, work, ct);
        await outbox.Record(new UserDeleted(user.Id, user.Email), work, ct);
        await trail.Record(work, Actor.System, "tenants.user.delete", user.Id.ToString(), null, null, null, ct);
        foreach (var one in alone) await organizations.Erase(one, work, ct);
    }

    private async Task Forget(User user, UnitOfWork work, CancellationToken ct)
    {
        foreach (var table in Kept)
            await work.Execute($"DELETE FROM tenants.{table} WHERE user_id = $1", [user.Id.Value], ct);
        if (user.IsVerified)
            await work.Execute("DELETE FROM tenants.invitations WHERE email = $1 AND accepted_at IS NULL", [user.Email], ct);
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
