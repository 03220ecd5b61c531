using System.Text.Json.Nodes;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Platform.Jobs.Inside;
using Xunit;

namespace Sluice.Integration.Jobs;

/// <summary>What ended jobs leave in the table of live ones.</summary>
public sealed class ClearingTests(PostgresCluster postgres)
{
    private const int Ended = 60_000;

    [Fact]
    public async Task Claim_reads_little_again_when_what_ended_was_cleared()
    {
        await using var process = PostgresQueue.Over(await postgres.CreateDatabase(), Declared.With(Declared.Nothing));
        var source = process.Get<NpgsqlDataSource>();
        // Whatever the database does by itself, and when, is not what is looked at here.
        await Run(source, "ALTER TABLE jobs.live SET (autovacuum_enabled = off)");
        var clearing = process.Get<Clearing>();
        Assert.False(await clearing.Clear(CancellationToken.None));

        await Run(source, $"""
            INSERT INTO jobs.live (id, queue, name, arguments, created_at, due_at, attempts_max)
            SELECT gen_random_uuid(), 'old', 'tests.work', '[]', now(), now() - interval '1 hour' + n * interval '1 ms', 1
            FROM generate_series(1, {Ended}) AS n
            """);
        await Run(source, "UPDATE jobs.live SET running = true");
        await Run(source, "DELETE FROM jobs.live");
        await Run(source, """
            INSERT INTO jobs.live (id, queue, name, arguments, created_at, due_at, attempts_max)
            VALUES (gen_random_uuid(), 'old', 'tests.work', '{}', now(), now(), 1)
            """);
        var before = await PagesRead(source);
        await Until.True(() => clearing.Clear(CancellationToken.None), "what is dead is told and cleared");
        var after = await PagesRead(source);
        Assert.True(before > 200, $"{before} pages before");
        Assert.True(after < 20, $"{after} pages after");
    }

    // As jobs.claim looks for what is due.
    private static async Task<long> PagesRead(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var set = new NpgsqlCommand(
            "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off", connection);
        await set.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand("""
            EXPLAIN (ANALYZE, BUFFERS, FORMAT json)
            SELECT ctid FROM jobs.live WHERE queue = 'old' AND NOT running AND due_at <= now() AND name = ANY ('{tests.work}')
            ORDER BY due_at, id LIMIT 1
            """, connection);
        var plan = JsonNode.Parse((string)(await explain.ExecuteScalarAsync())!)![0]!["Plan"]!;
        Assert.Contains("live_due", plan.ToJsonString(), StringComparison.Ordinal);
        return (long)plan["Shared Hit Blocks"]! + (long)plan["Shared Read Blocks"]!;
    }

    private static async Task Run(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
