using System.Text.Json;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Tenants.Inside;

internal sealed class OrganizationBook(NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, TimeProvider time)
{
    public const int PageMax = 200;

    public Task<Result<Organization>> Create(string name, Actor actor, UnitOfWork? work, CancellationToken ct) =>
        units.Write<Organization>(work, async work =>
        {
            if (actor.Check(Permission.OrganizationsCreate) is { } closed) return closed;
            var checkedName = Names.Check(name);
            if (!checkedName.Ok) return checkedName.Refusal;
            var created = new Organization(WireId.New<OrganizationId>(), checkedName.Value, time.GetMicros());
            var rows = await work.Execute("""
                INSERT INTO tenants.organizations (id, name, created_at) VALUES ($1, $2, $3)
                ON CONFLICT (lower(name)) DO NOTHING
                """, [created.Id.Value, created.Name, created.CreatedAt], ct);
            if (rows == 0)
                return Refusal.Conflict("tenants.name-taken", $"There is an organization named '{created.Name}' already.");
            await audit.Record(
                new AuditEvent(
                    actor, "tenants.organization.create", created.Id.ToString(), created.Id, null,
                    JsonSerializer.Serialize(new { created.Name }, Http.Json)), work, ct);
            return created;
        }, ct);

    public async Task<IReadOnlyList<Organization>> List(
        Actor actor, OrganizationId? after, int limit, CancellationToken ct)
    {
        var only = actor.May(Permission.OrganizationsRead) ? null
            : actor.Organization is { } one ? [one.Value]
            : actor.Memberships.Keys.Select(id => id.Value).ToArray();
        return await source.Statement("""
            SELECT id, name, created_at FROM tenants.organizations
            WHERE ($1::uuid[] IS NULL OR id = ANY ($1)) AND ($2::uuid IS NULL OR id > $2)
            ORDER BY id LIMIT $3
            """, only, after?.Value, Math.Clamp(limit, 1, PageMax + 1)).Rows(Read, ct);
    }

    private const string ById = "SELECT id, name, created_at FROM tenants.organizations WHERE id = $1";

    public Task<Organization?> Find(OrganizationId id, CancellationToken ct) =>
        source.Statement(ById, id.Value).Row(Read, ct);

    public static Task<Organization?> Find(OrganizationId id, UnitOfWork work, CancellationToken ct) =>
        work.Statement(ById, id.Value).Row(Read, ct);

    private static Organization Read(NpgsqlDataReader row) =>
        new(new OrganizationId(row.GetGuid(0)), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2));
}
