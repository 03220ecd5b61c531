using Npgsql;
using NpgsqlTypes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>The statements on journals' positions and on what is folded from them.</summary>
internal sealed class JournalStore(NpgsqlDataSource database)
{
    private const string Columns =
        "organization, start, app, key, service, method, status_class, cached, meter, "
        + "calls, billed, units, upstream_calls, bytes_up, bytes_down, latency_micros_sum";

    private static readonly string UpsertMinutes = Upsert("minutes", "t.start");
    private static readonly string UpsertHours = Upsert("hours", "date_trunc('hour', t.start, 'UTC')");

    public async Task Register(JournalId journal, string directory, string? internalUrl, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO metering.journals AS j (id, directory, internal_url) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE
            SET directory = excluded.directory, internal_url = COALESCE(excluded.internal_url, j.internal_url)
            """);
        command.Parameters.Add(new() { Value = journal.Value });
        command.Parameters.Add(new() { Value = directory });
        command.Parameters.Add(new() { Value = (object?)internalUrl ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>How far a journal is folded; null when it is not known. Says at the same time that its node lives.</summary>
    public async Task<JournalPosition?> Touch(JournalId journal, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "UPDATE metering.journals SET seen_at = now() WHERE id = $1 AND directory <> '' RETURNING segment, slot");
        command.Parameters.Add(new() { Value = journal.Value });
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new JournalPosition(row.GetInt32(0), row.GetInt32(1)) : null;
    }

    /// <summary>Positions and states of those journals that are known.</summary>
    public async Task<Dictionary<JournalId, KnownJournal>> Known(IReadOnlyList<JournalId> journals, CancellationToken ct)
    {
        var known = new Dictionary<JournalId, KnownJournal>();
        await using var command = database.CreateCommand(
            "SELECT id, segment, slot, state = 'closed' FROM metering.journals WHERE id = ANY ($1)");
        command.Parameters.Add(new() { Value = journals.Select(j => j.Value).ToArray() });
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            known[new JournalId(row.GetGuid(0))] = new KnownJournal(
                new JournalPosition(row.GetInt32(1), row.GetInt32(2)), row.GetBoolean(3));
        }
        return known;
    }

    /// <summary>
    /// Writes a fold and moves the position in one transaction, but only when the journal stands at
    /// <paramref name="from"/> still.
    /// </summary>
    public async Task<Committed> Commit(
        JournalId journal, JournalPosition from, JournalPosition to, Fold fold, long holes, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // What a crash of the database takes from this commit it takes whole, and the journal still has it: no fsync.
        await using (var position = new NpgsqlBatch(connection, transaction))
        {
            position.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL synchronous_commit TO off"));
            var select = new NpgsqlBatchCommand(
                "SELECT segment, slot FROM metering.journals WHERE id = $1 FOR NO KEY UPDATE");
            select.Parameters.Add(new() { Value = journal.Value });
            position.BatchCommands.Add(select);
            await using var row = await position.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct)) return Committed.Moved;
            if (new JournalPosition(row.GetInt32(0), row.GetInt32(1)) != from) return Committed.Moved;
        }
        // Tens of thousands of rows are written out below, not on the thread that completed the database's answer.
        await Task.Yield();
        await using var write = new NpgsqlBatch(connection, transaction);
        if (fold.RowCount > 0)
        {
            var rows = RowParameters(fold);
            write.BatchCommands.Add(Command(UpsertMinutes, rows));
            write.BatchCommands.Add(Command(UpsertHours, rows));
            var spent = fold.Spent();
            if (spent.Count > 0) write.BatchCommands.Add(Spend(journal, spent));
        }
        write.BatchCommands.Add(Move(journal, to, fold.Records, holes));
        var overdrawn = await write.ExecuteScalarAsync(ct) is true;
        await transaction.CommitAsync(ct);
        return overdrawn ? Committed.Overdrawn : Committed.Written;
    }

    /// <summary>Adds to leases what was recorded beyond them. Idempotent.</summary>
    public async Task Settle(JournalId journal, CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT metering.settle($1)");
        command.Parameters.Add(new() { Value = journal.Value });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Closes a journal that stands at its end; false when it stands elsewhere.</summary>
    public async Task<bool> Close(JournalId journal, JournalPosition end, CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT metering.close($1, $2, $3)");
        command.Parameters.Add(new() { Value = journal.Value });
        command.Parameters.Add(new() { Value = end.Segment });
        command.Parameters.Add(new() { Value = end.Slot });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Drops leases of closed journals and quotas whose period ended long ago.</summary>
    public async Task Forget(DateOnly before, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            WITH gone AS (
                DELETE FROM metering.leases l USING metering.journals j
                WHERE l.period < $1 AND j.id = l.journal AND j.state = 'closed')
            DELETE FROM metering.quotas q
            WHERE q.period < $1 AND NOT EXISTS (
                SELECT 1 FROM metering.leases l
                WHERE l.subject = q.subject AND l.scope = q.scope AND l.period = q.period)
            """);
        command.Parameters.Add(new() { Value = before });
        await command.ExecuteNonQueryAsync(ct);
    }

    // Grouped because quotas split what is one row here; sorted so that pumps lock rows in one order.
    private static string Upsert(string table, string start) =>
        $"""
        INSERT INTO metering.{table} AS r ({Columns})
        SELECT t.organization, {start}, t.app, t.key, t.service, t.method, t.status_class, t.cached, t.meter,
            sum(t.calls), sum(t.billed), sum(t.units), sum(t.upstream_calls), sum(t.bytes_up), sum(t.bytes_down),
            sum(t.latency_micros_sum)
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AS t ({Columns})
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ON CONFLICT (organization, start, app, key, service, method, status_class, cached, meter) DO UPDATE SET
            calls = r.calls + excluded.calls,
            billed = r.billed + excluded.billed,
            units = r.units + excluded.units,
            upstream_calls = r.upstream_calls + excluded.upstream_calls,
            bytes_up = r.bytes_up + excluded.bytes_up,
            bytes_down = r.bytes_down + excluded.bytes_down,
            latency_micros_sum = r.latency_micros_sum + excluded.latency_micros_sum
        """;

    private static NpgsqlBatchCommand Command(string sql, object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static object[] RowParameters(Fold fold)
    {
        var rows = fold.Rows.ToArray();
        return
        [
            Column(k => k.Organization), Column(k => k.Start.UtcDateTime), Column(k => k.App), Column(k => k.Key),
            Column(k => fold.Name(k.Service)), Column(k => fold.Name(k.Method)), Column(k => (short)k.StatusClass),
            Column(k => k.Cached), Column(k => (short)k.Meter),
            Sum(s => s.Calls), Sum(s => s.Billed), Sum(s => s.Units), Sum(s => s.UpstreamCalls), Sum(s => s.BytesUp),
            Sum(s => s.BytesDown), Sum(s => s.LatencyMicros),
        ];

        T[] Column<T>(Func<FoldKey, T> value) => Array.ConvertAll(rows, row => value(row.Key));
        long[] Sum(Func<Sums, long> value) => Array.ConvertAll(rows, row => value(row.Value));
    }

    private static NpgsqlBatchCommand Spend(JournalId journal, Dictionary<QuotaKey, long> spent)
    {
        var rows = spent.ToArray();
        return Command(
            """
            WITH leases AS (
                INSERT INTO metering.leases AS l (journal, subject, scope, period, spent)
                SELECT $1, t.subject, t.scope, t.period, t.units
                FROM unnest($2, $3, $4, $5) AS t (subject, scope, period, units)
                ORDER BY 2, 3, 4
                ON CONFLICT (subject, scope, period, journal) DO UPDATE SET spent = l.spent + excluded.spent
                RETURNING l.spent > l.granted AS overdrawn)
            SELECT bool_or(overdrawn) FROM leases
            """,
            [
                journal.Value, Array.ConvertAll(rows, r => r.Key.Subject),
                Array.ConvertAll(rows, r => (short)r.Key.Scope), Array.ConvertAll(rows, r => r.Key.Period),
                Array.ConvertAll(rows, r => r.Value),
            ]);
    }

    private static NpgsqlBatchCommand Move(JournalId journal, JournalPosition to, long records, long holes) =>
        Command(
            """
            UPDATE metering.journals
            SET segment = $2, slot = $3, records = records + $4, holes = holes + $5, seen_at = now()
            WHERE id = $1
            """,
            [journal.Value, to.Segment, to.Slot, records, holes]);
}

internal enum Committed
{
    /// <summary>There was nothing to write.</summary>
    Nothing,

    Written,

    /// <summary>Written, and more was spent than leased: to be settled.</summary>
    Overdrawn,

    /// <summary>Another pump was there first: nothing was written.</summary>
    Moved,
}

/// <summary>A journal as the database knows it.</summary>
internal sealed record KnownJournal(JournalPosition Position, bool Closed)
{
    /// <summary>Whether a segment is folded whole. One that the position stands in may still grow, until it is closed.</summary>
    public bool IsFolded(int segment) => segment < Position.Segment || (Closed && segment == Position.Segment);
}
