using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Alerts;

/// <summary>The tables of alert rules and their crossings.</summary>
internal sealed class AlertBook(NpgsqlDataSource source, TimeProvider time)
{
    private const int CrossingDays = 400;
    private const string Columns = """
        id, organization_id, name, kind, period, units, percents, window_minutes, calls_min, channels, created_at, last_at,
        version
        """;

    public Task<List<AlertRule>> List(OrganizationId organization, CancellationToken ct) => source.Statement(
        $"SELECT {Columns} FROM notices.alerts WHERE organization_id = $1 ORDER BY id", organization.Value).Rows(Read, ct);

    /// <summary>The rules of these organizations, and all that are raised: they may be to end.</summary>
    public Task<List<AlertRule>> Of(IReadOnlyList<OrganizationId> organizations, CancellationToken ct)
    {
        Guid[] ids = [.. organizations.Select(one => one.Value)];
        return source.Statement($"""
            SELECT {Columns} FROM notices.alerts
            WHERE organization_id = ANY($1) OR raised_at IS NOT NULL ORDER BY organization_id, id
            """, ids).Rows(Read, ct);
    }

    public Task<AlertRule?> Find(AlertId id, CancellationToken ct) =>
        source.Statement($"SELECT {Columns} FROM notices.alerts WHERE id = $1", id.Value).Row(Read, ct);

    public static Task<AlertRule?> Lock(AlertId id, UnitOfWork work, CancellationToken ct) =>
        work.Statement($"SELECT {Columns} FROM notices.alerts WHERE id = $1 FOR UPDATE", id.Value).Row(Read, ct);

    public static async Task<long> Count(OrganizationId organization, UnitOfWork work, CancellationToken ct) =>
        await work.Statement("SELECT count(*) FROM notices.alerts WHERE organization_id = $1", organization.Value)
            .Row(row => row.GetInt64(0), ct);

    public static Task Insert(AlertRule rule, UnitOfWork work, CancellationToken ct) => work.Execute("""
        INSERT INTO notices.alerts (
            id, organization_id, name, kind, period, units, percents, window_minutes, calls_min, channels, created_at)
        VALUES ($1, $2, $3, $4, $5, $6::bigint, $7, $8, $9, $10, $11)
        """,
        [
            rule.Id.Value, rule.Organization.Value, rule.Rule.Name, ObjectAt.Wire(rule.Rule.Kind),
            ObjectAt.Wire(rule.Rule.Period), rule.Rule.Units, rule.Rule.Percents.ToArray(), rule.Rule.WindowMinutes,
            rule.Rule.CallsMin, rule.Rule.Channels.Select(ObjectAt.Wire).ToArray(), rule.CreatedAt,
        ], ct);

    /// <summary>Replaces a rule. What it told in the period under way was of another rule.</summary>
    public static async Task Update(AlertId id, AlertRequest rule, UnitOfWork work, CancellationToken ct)
    {
        await work.Execute("""
            UPDATE notices.alerts
            SET name = $2, kind = $3, period = $4, units = $5::bigint, percents = $6, window_minutes = $7, calls_min = $8,
                channels = $9, raised_at = NULL, version = version + 1
            WHERE id = $1
            """,
            [
                id.Value, rule.Name, ObjectAt.Wire(rule.Kind), ObjectAt.Wire(rule.Period), rule.Units, rule.Percents.ToArray(),
                rule.WindowMinutes, rule.CallsMin, rule.Channels.Select(ObjectAt.Wire).ToArray(),
            ], ct);
        await work.Execute("DELETE FROM notices.crossings WHERE alert_id = $1", [id.Value], ct);
    }

    public static Task Delete(AlertId id, UnitOfWork work, CancellationToken ct) =>
        work.Execute("DELETE FROM notices.alerts WHERE id = $1", [id.Value], ct);

    /// <summary>Whether this is the first to see the crossing: who is, tells.</summary>
    public async Task<bool> Cross(
        AlertId id, DateTimeOffset period, long level, long value, UnitOfWork work, CancellationToken ct)
    {
        var now = time.GetMicros();
        var first = await work.Execute("""
            INSERT INTO notices.crossings (alert_id, period, level, value, at)
            SELECT id, $2, $3, $4, $5 FROM notices.alerts WHERE id = $1 ON CONFLICT DO NOTHING
            """, [id.Value, period, level, value, now], ct) == 1;
        if (first) await work.Execute("UPDATE notices.alerts SET last_at = $2 WHERE id = $1", [id.Value, now], ct);
        return first;
    }

    /// <summary>Whether this is the one to raise a rule that was not.</summary>
    public async Task<bool> Raise(AlertId id, UnitOfWork work, CancellationToken ct) => await work.Execute(
        "UPDATE notices.alerts SET raised_at = $2, last_at = $2 WHERE id = $1 AND raised_at IS NULL",
        [id.Value, time.GetMicros()], ct) == 1;

    /// <summary>Lowers a rule again, at the earliest one window after it was raised.</summary>
    public async Task Lower(AlertId id, int windowMinutes, CancellationToken ct)
    {
        await using var command = source.Statement(
            "UPDATE notices.alerts SET raised_at = NULL WHERE id = $1 AND raised_at <= $2",
            id.Value, time.GetMicros().AddMinutes(-windowMinutes));
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Drops crossings of periods that are long over.</summary>
    public async Task Forget(CancellationToken ct)
    {
        await using var command = source.Statement(
            "DELETE FROM notices.crossings WHERE at < $1", time.GetUtcNow().AddDays(-CrossingDays));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static AlertRule Read(NpgsqlDataReader row) => new(
        new AlertId(row.GetGuid(0)), new OrganizationId(row.GetGuid(1)),
        new AlertRequest(
            row.GetString(2), Enum.Parse<AlertKind>(row.GetString(3), ignoreCase: true),
            Enum.Parse<AlertPeriod>(row.GetString(4), ignoreCase: true), row.Optional<long?>(5), row.GetFieldValue<int[]>(6),
            row.GetInt32(7), row.GetInt64(8),
            [.. row.GetFieldValue<string[]>(9).Select(one => Enum.Parse<AlertChannel>(one, ignoreCase: true))]),
        row.GetFieldValue<DateTimeOffset>(10), row.Optional<DateTimeOffset?>(11))
    {
        Version = row.GetInt64(12),
    };
}
