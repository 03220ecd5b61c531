using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations;

internal sealed class MemberBook(NpgsqlDataSource source, IUnitsOfWork units, TenantTrail trail, TimeProvider time) : IMembers
{
    public const int PageMax = 200;

    private const string Select = """
        SELECT m.user_id, u.email, u.email_verified_at IS NOT NULL, u.name, m.role, m.since, m.version
        FROM tenants.members m JOIN tenants.users u ON u.id = m.user_id
        WHERE m.organization_id = $1
        """;

    public async Task<Result<IReadOnlyList<Member>>> List(
        OrganizationId organization, Actor actor, UserId? after = null, int limit = PageMax, CancellationToken ct = default)
    {
        var unknown = Refusals.NoOrganization(organization.ToString());
        if (actor.Check(Permission.MembersRead, organization, unknown) is { } closed) return closed;
        if (await Exists(organization, ct) is false) return unknown;
        await trail.Read(actor, "tenants.members.read", "all", organization, ct);
        return await source.Statement(
            $"{Select} AND ($2::uuid IS NULL OR m.user_id > $2) ORDER BY m.user_id LIMIT $3",
            organization.Value, after?.Value, Math.Clamp(limit, 1, PageMax + 1)).Rows(Read, ct);
    }

    public async Task<Result<Member>> Find(
        OrganizationId organization, UserId user, Actor actor, CancellationToken ct = default)
    {
        var unknown = Refusals.NoOrganization(organization.ToString());
        if (actor.Check(Permission.MembersRead, organization, unknown) is { } closed) return closed;
        var found = await source.Statement($"{Select} AND m.user_id = $2", organization.Value, user.Value).Row(Read, ct);
        if (found is null) return OrganizationRefusals.NoMember(user.ToString());
        await trail.Read(actor, "tenants.member.read", user.ToString(), organization, ct);
        return found;
    }

    public Task<Result<Member>> ChangeRole(
        OrganizationId organization, UserId user, OrganizationRole role, Actor actor, UnitOfWork? work = null,
        long? version = null, CancellationToken ct = default) => units.Write<Member>(work, async work =>
        {
            var entered = await Enter(organization, actor, Permission.MembersWrite, work, ct);
            if (!entered.Ok) return entered.Refusal;
            if (await Find(organization, user, work, ct) is not { } member)
                return OrganizationRefusals.NoMember(user.ToString());
            if (version is not null && version != member.Version) return Versions.Stale;
            var owners = member.Role == OrganizationRole.Owner || role == OrganizationRole.Owner;
            if (owners && MayOwners(entered.Value, organization) is { } closed) return closed;
            if (member.Role == role) return member;
            if (role == OrganizationRole.Owner && !member.IsVerified) return OrganizationRefusals.Unverified;
            if (member.Role == OrganizationRole.Owner && await IsLastOwner(organization, work, ct))
                return OrganizationRefusals.LastOwner;
            await Set(organization, user, role, work, ct);
            await trail.Record(
                work, actor, "tenants.member.role", user.ToString(), organization, new { member.Role }, new { Role = role }, ct);
            return member with { Role = role, Version = member.Version + 1 };
        }, ct);

    public Task<Result<Done>> Remove(
        OrganizationId organization, UserId user, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        units.Write<Done>(work, async work =>
        {
            var entered = await Enter(organization, actor, Permission.MembersWrite, work, ct);
            if (!entered.Ok) return entered.Refusal;
            if (await Find(organization, user, work, ct) is not { } member)
                return OrganizationRefusals.NoMember(user.ToString());
            if (member.Role == OrganizationRole.Owner && MayOwners(entered.Value, organization) is { } closed) return closed;
            return await TakeOut(organization, member, "tenants.member.remove", actor, work, ct);
        }, ct);

    public Task<Result<Done>> Leave(
        OrganizationId organization, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        units.Write<Done>(work, async work =>
        {
            if (actor.Check(Permission.SelfWrite) is { } closed) return closed;
            var unknown = Refusals.NoOrganization(organization.ToString());
            // Nobody but a member can leave, and nobody needs a role for it, not even in a suspended organization.
            if (actor.User is not { } user || await OrganizationBook.Lock(organization, work, ct) is null
                || await Find(organization, user, work, ct) is not { } member) return unknown;
            return await TakeOut(organization, member, "tenants.member.leave", actor, work, ct);
        }, ct);

    public Task<Result<Member>> Transfer(
        OrganizationId organization, UserId to, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        units.Write<Member>(work, async work =>
        {
            var entered = await Enter(organization, actor, Permission.OwnersWrite, work, ct);
            if (!entered.Ok) return entered.Refusal;
            if (await Find(organization, to, work, ct) is not { } member) return OrganizationRefusals.NoMember(to.ToString());
            if (!member.IsVerified) return OrganizationRefusals.Unverified;
            var before = await Owners(organization, work, ct);
            // An owner hands over its own part; an operator settles who the one owner is.
            var asOwner = actor.User is { } self && before.Contains(self) ? self : (UserId?)null;
            await Set(organization, to, OrganizationRole.Owner, work, ct);
            foreach (var owner in before.Where(one => one != to && (asOwner is null || one == asOwner)))
                await Set(organization, owner, OrganizationRole.Admin, work, ct);
            await trail.Record(
                work, actor, "tenants.organization.transfer", organization.ToString(), organization, new { Owners = before },
                new { Owners = await Owners(organization, work, ct) }, ct);
            return (await Find(organization, to, work, ct))!;
        }, ct);

    /// <summary>
    /// Holds the organization and judges by the role that the actor has now: another owner may have taken it away since the
    /// actor signed in.
    /// </summary>
    public static async Task<Result<Actor>> Enter(
        OrganizationId organization, Actor actor, Permission permission, UnitOfWork work, CancellationToken ct)
    {
        var unknown = Refusals.NoOrganization(organization.ToString());
        // Before the lock: a stranger must not hold up others.
        if (actor.Check(permission, organization, unknown, fresh: true) is { } closed) return closed;
        if (await OrganizationBook.Lock(organization, work, ct) is null) return unknown;
        if (actor.User is not { } user) return actor;
        if (await Memberships.Person(user, work, ct) is not { } now) return unknown;
        var entered = actor with { Memberships = now.Memberships, Suspended = now.Suspended };
        return entered.Check(permission, organization, unknown) is { } gone ? gone : entered;
    }

    public static async Task<Member?> Find(OrganizationId organization, UserId user, UnitOfWork work, CancellationToken ct) =>
        await work.Statement($"{Select} AND m.user_id = $2", organization.Value, user.Value).Row(Read, ct);

    /// <summary>Adds a member; whoever calls holds the organization's row.</summary>
    public async Task<Member> Add(
        OrganizationId organization, UserId user, OrganizationRole role, UnitOfWork work, CancellationToken ct)
    {
        await work.Execute(
            "INSERT INTO tenants.members (organization_id, user_id, role, since) VALUES ($1, $2, $3, $4)",
            [organization.Value, user.Value, RoleText.Write(role), time.GetMicros()], ct);
        return (await Find(organization, user, work, ct))!;
    }

    /// <summary>The refusal of an actor who may not make or unmake owners.</summary>
    public static Refusal? MayOwners(Actor actor, OrganizationId organization) =>
        actor.Check(Permission.OwnersWrite, organization, Refusals.NoOrganization(organization.ToString()), fresh: true);

    private async Task<Result<Done>> TakeOut(
        OrganizationId organization, Member member, string action, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (member.Role == OrganizationRole.Owner && await IsLastOwner(organization, work, ct))
            return OrganizationRefusals.LastOwner;
        await work.Execute(
            "DELETE FROM tenants.members WHERE organization_id = $1 AND user_id = $2",
            [organization.Value, member.User.Value], ct);
        await trail.Record(
            work, actor, action, member.User.ToString(), organization, new { member.Role, member.Since }, null, ct);
        return new Done();
    }

    private static Task<int> Set(
        OrganizationId organization, UserId user, OrganizationRole role, UnitOfWork work, CancellationToken ct) =>
        work.Execute(
            "UPDATE tenants.members SET role = $3 WHERE organization_id = $1 AND user_id = $2",
            [organization.Value, user.Value, RoleText.Write(role)], ct);

    private static async Task<bool> IsLastOwner(OrganizationId organization, UnitOfWork work, CancellationToken ct) =>
        (await Owners(organization, work, ct)).Count <= 1;

    private static Task<List<UserId>> Owners(OrganizationId organization, UnitOfWork work, CancellationToken ct) =>
        work.Statement(
            "SELECT user_id FROM tenants.members WHERE organization_id = $1 AND role = 'owner' ORDER BY user_id",
            organization.Value).Rows(row => new UserId(row.GetGuid(0)), ct);

    public Task<bool> Exists(OrganizationId organization, CancellationToken ct) =>
        source.Statement("SELECT true FROM tenants.organizations WHERE id = $1 AND deleted_at IS NULL", organization.Value)
            .Row(row => row.GetBoolean(0), ct);

    private static Member Read(NpgsqlDataReader row) => new(
        new UserId(row.GetGuid(0)), row.GetString(1), row.GetBoolean(2), row.GetString(3), RoleText.Read(row.GetString(4)),
        row.GetFieldValue<DateTimeOffset>(5))
    {
        Version = row.GetInt64(6),
    };
}
