using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Jobs;

namespace Sluice.Worker;

/// <summary>The arguments of the one kind of job.</summary>
/// <param name="Number">Which job.</param>
/// <param name="Milliseconds">How long it takes, besides what it writes.</param>
public sealed record Mark(int Number, int Milliseconds);

/// <summary>
/// Proves by tables of its own that no job runs twice at once. While it runs it holds a lock that the database drops with
/// the process's connection, and no sooner: who does not get it has met another run. What it writes bears the fence, and
/// a write under a smaller one than was seen is refused and told. A step is counted by what it inserts.
/// </summary>
public sealed class MarkHandler(NpgsqlDataSource source) : IJobHandler<Mark>
{
    public async Task Handle(Mark arguments, IJobContext job, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
        if (await Ask(connection, "SELECT pg_try_advisory_lock(4711, $1)", arguments.Number) is not true)
        {
            await Ask(connection, "INSERT INTO faults VALUES ($1, 'ran beside another run')", arguments.Number);
            return;
        }
        try
        {
            await Write(connection, arguments, job, "begun");
            await job.Step("once", (work, _) => Insert(work, arguments.Number));
            await Task.Delay(arguments.Milliseconds, ct);
            await Write(connection, arguments, job, "ended");
        }
        finally
        {
            await Ask(connection, "SELECT pg_advisory_unlock(4711, $1)", arguments.Number);
        }
    }

    // What an outside system does with a fence: it keeps the greatest and refuses smaller ones.
    private static async Task Write(NpgsqlConnection connection, Mark arguments, IJobContext job, string words)
    {
        var written = await Ask(connection, """
            UPDATE marks SET fence = $2, words = $3, writes = writes + 1 WHERE number = $1 AND fence <= $2 RETURNING true
            """, arguments.Number, job.Fence, words);
        if (written is not true)
            await Ask(connection, "INSERT INTO faults VALUES ($1, 'wrote under an old fence')", arguments.Number);
    }

    private static async Task<int> Insert(UnitOfWork work, int number)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO steps_done VALUES ($1)", (NpgsqlConnection)work.Connection, (NpgsqlTransaction)work.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = number });
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> Ask(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync();
    }
}
