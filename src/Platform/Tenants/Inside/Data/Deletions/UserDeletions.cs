using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.SignIn;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>Plans the deletion of accounts, and takes it back.</summary>
internal sealed class UserDeletions(
    IUnitsOfWork units, TenantTrail trail, DeletionPlan plan, DeletionLetters letters, Attempts attempts)
{
    public async Task<Result<User>> Delete(UserId? id, Actor actor, UnitOfWork? given, CancellationToken ct)
    {
        if (Closed(id, actor, fresh: true) is { } closed) return closed;
        // Each plan is a mail.
        var whose = (id ?? actor.User!.Value).ToString();
        if (await attempts.Take(AttemptLimits.Mails(whose, actor.Origin), ct) is { } tooMany) return tooMany;
        return await units.Write<User>(given, async work =>
        {
            if (await UserRows.HoldAmongOperators(id ?? actor.User!.Value, work, ct) is not { } user) return UserRows.Unknown;
            if (user.DeleteAt is not null) return user;
            if (await Refuse(user, work, ct) is { } refusal) return refusal;
            var at = plan.At();
            await Set(user.Id, at, work, ct);
            await plan.Enqueue(new DeleteUser(user.Id, at), at, work, ct);
            await letters.Planned(user, at, work, ct);
            await trail.Record(
                work, actor, "tenants.user.plan-deletion", user.Id.ToString(), null, null, new { DeleteAt = at }, ct);
            return (await UserRows.Hold(user.Id, work, ct))!;
        }, ct);
    }

    public Task<Result<User>> Keep(UserId? id, Actor actor, UnitOfWork? given, CancellationToken ct) =>
        units.Write<User>(given, async work =>
        {
            // What is taken back harms nobody: no fresh session is asked for.
            if (Closed(id, actor, fresh: false) is { } closed) return closed;
            if (await UserRows.Hold(id ?? actor.User!.Value, work, ct) is not { } user) return UserRows.Unknown;
            if (user.DeleteAt is null) return DeletionRefusals.None;
            await Set(user.Id, null, work, ct);
            await trail.Record(
                work, actor, "tenants.user.keep", user.Id.ToString(), null, new { user.DeleteAt }, null, ct);
            return (await UserRows.Hold(user.Id, work, ct))!;
        }, ct);

    /// <summary>What stands in the way: nobody else would lead an organization, or the installation.</summary>
    public static async Task<Refusal?> Refuse(User user, UnitOfWork work, CancellationToken ct)
    {
        if (await UserBook.IsLastOperator(user, work, ct)) return UserBook.LastOperator;
        if (await MembershipsLeft.Led(user.Id, work, ct) is { Count: > 0 } led) return DeletionRefusals.Leads(led);
        // It would go with the account, and what an operator suspended is the operator's.
        var alone = await MembershipsLeft.AloneIn(user.Id, work, ct);
        return alone.Exists(one => one.SuspendedAt is not null) ? DeletionRefusals.Suspended : null;
    }

    public static Task<int> Set(UserId id, DateTimeOffset? at, UnitOfWork work, CancellationToken ct) =>
        work.Execute("UPDATE tenants.users SET delete_at = $2::timestamptz WHERE id = $1", [id.Value, at], ct);

    private static Refusal? Closed(UserId? id, Actor actor, bool fresh) =>
        actor.Check(id is null ? Permission.SelfSecurity : Permission.UsersWrite, fresh);
}
