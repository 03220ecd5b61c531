using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Data.Exports;

/// <summary>An export as it stands in the table, with whom it is of.</summary>
internal sealed record ExportRow(DataExport Export, UserId? User, UserId? AskedBy)
{
    public ExportOf Whose => new(Export.Organization, User);
}

/// <summary>Exports and the parts of their archives.</summary>
internal sealed class ExportTable(NpgsqlDataSource source)
{
    /// <summary>What one part holds at most.</summary>
    public const int PartBytes = 1 << 20;

    /// <summary>Why an export failed where nobody but the operator can do something about it.</summary>
    public const string Broken = "something went wrong here, which the operator can see.";

    private const string Columns =
        "id, organization_id, state, why, bytes, created_at, ready_at, expires_at, user_id, asked_by";

    public Task<ExportRow?> Find(ExportId id, CancellationToken ct) =>
        source.Statement($"SELECT {Columns} FROM tenants.exports WHERE id = $1", id.Value).Row(Read, ct);

    /// <summary>Those that have not ended, newest first.</summary>
    public Task<List<ExportRow>> List(ExportOf whose, DateTimeOffset now, CancellationToken ct) => source.Statement($"""
        SELECT {Columns} FROM tenants.exports
        WHERE (organization_id = $1::uuid OR user_id = $2::uuid) AND expires_at > $3 ORDER BY id DESC LIMIT 200
        """, whose.Organization?.Value, whose.User?.Value, now).Rows(Read, ct);

    /// <summary>How many were asked for since then, and whether one is being packed.</summary>
    public static Task<(long Asked, bool Waiting)> Count(
        ExportOf whose, DateTimeOffset since, DateTimeOffset now, UnitOfWork work, CancellationToken ct) => work.Statement("""
            SELECT count(*) FILTER (WHERE created_at > $3), coalesce(bool_or(state = 'waiting' AND expires_at > $4), false)
            FROM tenants.exports WHERE organization_id = $1::uuid OR user_id = $2::uuid
            """, whose.Organization?.Value, whose.User?.Value, since, now)
        .Row(row => (row.GetInt64(0), row.GetBoolean(1)), ct);

    public static Task Add(ExportRow row, UnitOfWork work, CancellationToken ct) => work.Execute(
        """
        INSERT INTO tenants.exports (id, organization_id, user_id, asked_by, state, created_at, expires_at)
        VALUES ($1, $2::uuid, $3::uuid, $4::uuid, 'waiting', $5, $6)
        """,
        [
            row.Export.Id.Value, row.Export.Organization?.Value, row.User?.Value, row.AskedBy?.Value, row.Export.CreatedAt,
            row.Export.ExpiresAt,
        ], ct);

    /// <summary>
    /// Keeps the archive, in place of those before it, and says that it is there; false where the export is gone by now.
    /// </summary>
    public static async Task<bool> Keep(
        ExportRow row, Stream archive, DateTimeOffset now, DateTimeOffset end, UnitOfWork work, CancellationToken ct)
    {
        var id = row.Export.Id;
        var kept = await work.Execute("""
            UPDATE tenants.exports SET state = 'ready', why = NULL, bytes = $2, ready_at = $3, expires_at = $4 WHERE id = $1
            """, [id.Value, archive.Length, now, end], ct);
        if (kept == 0) return false;
        const string ofTheSame = "(organization_id = $1::uuid OR user_id = $2::uuid)";
        object?[] whose = [row.Export.Organization?.Value, row.User?.Value];
        await work.Execute(
            $"DELETE FROM tenants.export_parts WHERE export_id IN (SELECT id FROM tenants.exports WHERE {ofTheSame})", whose, ct);
        // Their rows stay for a day, to be counted.
        await work.Execute(
            $"UPDATE tenants.exports SET expires_at = $3 WHERE {ofTheSame} AND id <> $4 AND state = 'ready' AND expires_at > $3",
            [.. whose, now, id.Value], ct);
        var part = new byte[PartBytes];
        for (var number = 0; ; number++)
        {
            var read = await archive.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, ct);
            if (read == 0) return true;
            await work.Execute(
                "INSERT INTO tenants.export_parts (export_id, number, bytes) VALUES ($1, $2, $3)",
                [id.Value, number, part.AsMemory(0, read).ToArray()], ct);
        }
    }

    public async Task Fail(ExportId id, string why, CancellationToken ct)
    {
        await using var command = source.Statement(
            "UPDATE tenants.exports SET state = 'failed', why = $2 WHERE id = $1 AND state = 'waiting'", id.Value, why);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async IAsyncEnumerable<byte[]> Parts(
        ExportId id, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct = default)
    {
        // One by one: a reader who is slow holds no connection.
        for (var number = 0; ; number++)
        {
            var part = await source.Statement(
                "SELECT bytes FROM tenants.export_parts WHERE export_id = $1 AND number = $2", id.Value, number)
                .Row(row => row.GetFieldValue<byte[]>(0), ct);
            if (part is null) yield break;
            yield return part;
        }
    }

    private static ExportRow Read(NpgsqlDataReader row) => new(
        new DataExport(
            new ExportId(row.GetGuid(0)), row.Optional<Guid?>(1) is { } organization ? new OrganizationId(organization) : null,
            Enum.Parse<DataExportState>(row.GetString(2), ignoreCase: true), row.Optional<string>(3), row.Optional<long?>(4),
            row.GetFieldValue<DateTimeOffset>(5), row.Optional<DateTimeOffset?>(6), row.GetFieldValue<DateTimeOffset>(7)),
        row.Optional<Guid?>(8) is { } user ? new UserId(user) : null,
        row.Optional<Guid?>(9) is { } asked ? new UserId(asked) : null);
}
