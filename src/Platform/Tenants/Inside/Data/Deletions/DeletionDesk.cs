using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

internal sealed class DeletionDesk(
    OrganizationDeletions organizations, UserDeletions users, DeletionPlan plan, NpgsqlDataSource source) : IDeletions
{
    public int Days => plan.Days;

    public Task<Result<Organization>> DeleteOrganization(
        OrganizationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        organizations.Delete(id, actor, work, ct);

    public Task<Result<Organization>> KeepOrganization(
        OrganizationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        organizations.Keep(id, actor, work, ct);

    public Task<Result<User>> DeleteUser(
        UserId? id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        users.Delete(id, actor, work, ct);

    public Task<Result<User>> KeepUser(UserId? id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        users.Keep(id, actor, work, ct);

    public async Task<Belongings> Belongings(Actor actor, CancellationToken ct = default) =>
        actor.User is { } user ? await MembershipsLeft.Of(user, source, ct) : new Belongings([], []);
}
