using System.Data;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Catalog.Inside;

/// <summary>The SQL of the reading verbs.</summary>
internal sealed class CatalogTables(NpgsqlDataSource source)
{
    internal const string CurrentServices = """
        SELECT v.definition::text, v.version, v.format FROM catalog.services s
        JOIN catalog.service_versions v ON v.name = s.name AND v.version = s.version
        """;

    internal const string CurrentPlans = """
        SELECT v.definition::text, v.version, v.format FROM catalog.plans p
        JOIN catalog.plan_versions v ON v.name = p.name AND v.version = p.version
        """;

    public async Task<long> Revision(CancellationToken ct) =>
        await source.Statement("SELECT number FROM catalog.revision").Row(row => row.GetInt64(0), ct);

    public Task<List<ServiceDefinition>> Services(CancellationToken ct) =>
        source.Statement($"{CurrentServices} ORDER BY s.name COLLATE \"C\"").Rows(ReadService, ct);

    public Task<List<PlanDefinition>> Plans(CancellationToken ct) =>
        source.Statement($"{CurrentPlans} ORDER BY p.name COLLATE \"C\"").Rows(ReadPlan, ct);

    public Task<ServiceDefinition?> FindService(string name, CancellationToken ct) =>
        source.Statement($"{CurrentServices} WHERE s.name = $1", name).Row(ReadService, ct);

    public Task<string?> AssignedPlan(OrganizationId organization, CancellationToken ct) =>
        source.Statement("SELECT plan FROM catalog.assignments WHERE organization = $1", organization.Value)
            .Row(row => row.GetString(0), ct);

    /// <summary>Everything, from one snapshot of the database; credentials still sealed.</summary>
    public async Task<CatalogState> Load(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        await using var work = new UnitOfWork(connection, transaction);
        var revision = await work.Statement("SELECT number FROM catalog.revision").Row(row => row.GetInt64(0), ct);
        var services = await work.Statement($"{CurrentServices} ORDER BY s.name COLLATE \"C\"").Rows(ReadService, ct);
        var plans = await work.Statement($"{CurrentPlans} ORDER BY p.name COLLATE \"C\"").Rows(ReadPlan, ct);
        var assignments = await work.Statement("SELECT organization, plan FROM catalog.assignments").Rows(
            row => (Organization: new OrganizationId(row.GetGuid(0)), Plan: row.GetString(1)), ct);
        return new CatalogState(revision, services, plans, assignments.ToDictionary(a => a.Organization, a => a.Plan), "");
    }

    internal static ServiceDefinition ReadService(NpgsqlDataReader row) => StoredJson.ReadService(Known(row), row.GetInt32(1));

    internal static PlanDefinition ReadPlan(NpgsqlDataReader row) => StoredJson.ReadPlan(Known(row), row.GetInt32(1));

    // A later version of this program may have written a shape that this one would misread.
    private static string Known(NpgsqlDataReader row) => row.GetInt16(2) == StoredJson.Format
        ? row.GetString(0)
        : throw new InvalidOperationException($"A definition of format {row.GetInt16(2)} needs a newer version of Sluice.");
}
