using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations;

internal sealed class OrganizationBook(
    NpgsqlDataSource source, IUnitsOfWork units, TenantTrail trail, IOptions<OrganizationsOptions> options, TimeProvider time)
{
    public const int PageMax = 200;

    private const string Columns = "id, name, created_at, suspended_at, version, delete_at";
    private const string ById = $"SELECT {Columns} FROM tenants.organizations WHERE id = $1 AND deleted_at IS NULL";

    public Task<Result<Organization>> Create(string name, Actor actor, UnitOfWork? work, CancellationToken ct) =>
        units.Write<Organization>(work, async work =>
        {
            if (actor.Check(Permission.OrganizationsCreate) is { } closed) return closed;
            var named = Names.Check(name);
            if (!named.Ok) return named.Refusal;
            if (await Taken(named.Value, null, actor, work, ct)) return OrganizationRefusals.NameTaken(named.Value);
            if (actor.User is { } person)
            {
                // Two at once of one person come one after the other, and who is gone makes nothing.
                if (await Users.UserRows.Hold(person, work, ct) is null) return Users.UserRows.Unknown;
                if (await OwnsAll(person, work, ct)) return OrganizationRefusals.OwnedMax(options.Value.OwnedMax);
            }
            return await Make(named.Value, actor, work, ct);
        }, ct);

    /// <summary>
    /// Makes an organization without asking whether one may be: also the first of a person who has just signed up. A person
    /// becomes its owner.
    /// </summary>
    public async Task<Organization> Make(string name, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        var created = new Organization(WireId.New<OrganizationId>(), name, time.GetMicros());
        await work.Execute(
            "INSERT INTO tenants.organizations (id, name, created_at) VALUES ($1, $2, $3)",
            [created.Id.Value, created.Name, created.CreatedAt], ct);
        if (actor.User is { } owner)
        {
            await work.Execute(
                "INSERT INTO tenants.members (organization_id, user_id, role, since) VALUES ($1, $2, 'owner', $3)",
                [created.Id.Value, owner.Value, created.CreatedAt], ct);
        }
        await trail.Record(
            work, actor, "tenants.organization.create", created.Id.ToString(), created.Id, null,
            new { created.Name, Owner = actor.User }, ct);
        return created;
    }

    public Task<Result<Organization>> Rename(
        OrganizationId id, string name, long? version, Actor actor, UnitOfWork? work, CancellationToken ct) =>
        units.Write<Organization>(work, async work =>
        {
            var unknown = Refusals.NoOrganization(id.ToString());
            if (actor.Check(Permission.OrganizationWrite, id, unknown) is { } closed) return closed;
            var named = Names.Check(name);
            if (!named.Ok) return named.Refusal;
            if (await Lock(id, work, ct) is not { } found) return unknown;
            if (version is not null && version != found.Version) return Versions.Stale;
            if (found.Name == named.Value) return found;
            if (await Taken(named.Value, id, actor, work, ct)) return OrganizationRefusals.NameTaken(named.Value);
            await work.Execute("UPDATE tenants.organizations SET name = $2 WHERE id = $1", [id.Value, named.Value], ct);
            await trail.Record(
                work, actor, "tenants.organization.rename", id.ToString(), id, new { found.Name },
                new { Name = named.Value }, ct);
            return (await Find(id, work, ct))!;
        }, ct);

    public async Task<IReadOnlyList<Organization>> List(
        Actor actor, OrganizationId? after, int limit, CancellationToken ct)
    {
        return await source.Statement($"""
            SELECT {Columns} FROM tenants.organizations
            WHERE deleted_at IS NULL AND ($1::uuid[] IS NULL OR id = ANY ($1)) AND ($2::uuid IS NULL OR id > $2)
            ORDER BY id LIMIT $3
            """, Seen(actor), after?.Value, Math.Clamp(limit, 1, PageMax + 1)).Rows(Read, ct);
    }

    public Task<Organization?> Find(OrganizationId id, CancellationToken ct) =>
        source.Statement(ById, id.Value).Row(Read, ct);

    public static Task<Organization?> Find(OrganizationId id, UnitOfWork work, CancellationToken ct) =>
        work.Statement(ById, id.Value).Row(Read, ct);

    /// <summary>
    /// Holds an organization's row: members, invitations and suspension change one after the other. The first lock that a
    /// unit of work takes.
    /// </summary>
    public static Task<Organization?> Lock(OrganizationId id, UnitOfWork work, CancellationToken ct) =>
        work.Statement(ById + " FOR NO KEY UPDATE", id.Value).Row(Read, ct);

    // Null: all of them.
    private static Guid[]? Seen(Actor actor) =>
        actor.May(Permission.OrganizationsRead) ? null
        : actor is { Kind: ActorKind.Organization, Organization: { } one } ? [one.Value]
        : [.. actor.Memberships.Keys.Select(id => id.Value)];

    // A name is taken for those who see the one that has it: a stranger's organizations are nobody's business.
    private static async Task<bool> Taken(
        string name, OrganizationId? except, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        // Two at once of one name come one after the other.
        await work.Execute("SELECT pg_advisory_xact_lock(hashtextextended('tenants.name ' || lower($1), 0))", [name], ct);
        return await work.Statement("""
            SELECT true FROM tenants.organizations
            WHERE lower(name) = lower($1) AND id IS DISTINCT FROM $2::uuid AND ($3::uuid[] IS NULL OR id = ANY ($3))
                AND deleted_at IS NULL LIMIT 1
            """, name, except?.Value, Seen(actor)).Row(row => row.GetBoolean(0), ct);
    }

    private async Task<bool> OwnsAll(UserId person, UnitOfWork work, CancellationToken ct) =>
        await work.Statement("SELECT count(*) FROM tenants.members WHERE user_id = $1 AND role = 'owner'", person.Value)
            .Row(row => row.GetInt64(0), ct) >= options.Value.OwnedMax;

    private static Organization Read(NpgsqlDataReader row) => new(
        new OrganizationId(row.GetGuid(0)), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2),
        row.Optional<DateTimeOffset?>(3), row.Optional<DateTimeOffset?>(5))
    {
        Version = row.GetInt64(4),
    };
}
