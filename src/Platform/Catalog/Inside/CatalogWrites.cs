using Sluice.Kernel;

namespace Sluice.Platform.Catalog.Inside;

/// <summary>The SQL of the writing verbs, inside their unit of work.</summary>
internal static class CatalogWrites
{
    /// <summary>Writers take turns, so that versions rise by one. Taken before the trail's lock.</summary>
    public static Task TakeTurn(UnitOfWork work, CancellationToken ct) =>
        work.Execute("SELECT pg_advisory_xact_lock(hashtext('sluice.catalog'))", [], ct);

    /// <summary>
    /// The last statement of every writing verb: the row stays locked until the commit, so that whoever sees a
    /// revision sees all that went into it.
    /// </summary>
    public static Task RaiseRevision(UnitOfWork work, CancellationToken ct) => work.Execute("""
        WITH raised AS (UPDATE catalog.revision SET number = number + 1 RETURNING number)
        SELECT pg_notify('sluice_catalog', number::text) FROM raised
        """, [], ct);

    public static Task<ServiceDefinition?> FindService(string name, UnitOfWork work, CancellationToken ct) =>
        work.Statement($"{CatalogTables.CurrentServices} WHERE s.name = $1", name).Row(CatalogTables.ReadService, ct);

    public static Task<PlanDefinition?> FindPlan(string name, UnitOfWork work, CancellationToken ct) =>
        work.Statement($"{CatalogTables.CurrentPlans} WHERE p.name = $1", name).Row(CatalogTables.ReadPlan, ct);

    public static async Task<HashSet<string>> ServiceNames(UnitOfWork work, CancellationToken ct) =>
        [.. await work.Statement("SELECT name FROM catalog.services").Rows(row => row.GetString(0), ct)];

    public static Task Publish(
        ServiceDefinition service, string definition, DateTimeOffset at, Actor actor, UnitOfWork work,
        CancellationToken ct) => work.Execute("""
        WITH published AS (
            INSERT INTO catalog.service_versions
                (name, version, enabled, protocol, format, definition, published_at, published_by)
            VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8))
        INSERT INTO catalog.services (name, version) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET version = excluded.version
        """,
        [
            service.Name, service.Version, service.Enabled, service.Protocol.ToString(), StoredJson.Format, definition, at,
            actor.Name,
        ], ct);

    public static Task Publish(
        PlanDefinition plan, string definition, DateTimeOffset at, Actor actor, UnitOfWork work,
        CancellationToken ct) => work.Execute("""
        WITH published AS (
            INSERT INTO catalog.plan_versions (name, version, format, definition, published_at, published_by)
            VALUES ($1, $2, $3, $4::jsonb, $5, $6))
        INSERT INTO catalog.plans (name, version) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET version = excluded.version
        """, [plan.Name, plan.Version, StoredJson.Format, definition, at, actor.Name], ct);

    public static Task<string?> AssignedPlan(OrganizationId organization, UnitOfWork work, CancellationToken ct) =>
        work.Statement("SELECT plan FROM catalog.assignments WHERE organization = $1", organization.Value)
            .Row(row => row.GetString(0), ct);

    public static Task Assign(
        OrganizationId organization, PlanDefinition plan, DateTimeOffset at, Actor actor, UnitOfWork work,
        CancellationToken ct) => work.Execute("""
        INSERT INTO catalog.assignments (organization, plan, plan_version, assigned_at, assigned_by)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (organization) DO UPDATE SET plan = excluded.plan, plan_version = excluded.plan_version,
            assigned_at = excluded.assigned_at, assigned_by = excluded.assigned_by
        """, [organization.Value, plan.Name, plan.Version, at, actor.Name], ct);
}
