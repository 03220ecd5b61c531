using Microsoft.Extensions.Options;
using Npgsql;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>The arguments of the hourly sweep.</summary>
internal sealed record SweepOld;

/// <summary>
/// Drops what has been kept long enough: ended jobs with their steps, facts that were given up, schedules that
/// no worker declares any more. In small statements, so that no lock lasts.
/// </summary>
internal sealed class Retention(NpgsqlDataSource source, JobRegistry registry, IOptions<JobsOptions> options)
    : IJobHandler<SweepOld>
{
    /// <summary>The room's own queue.</summary>
    public const string Queue = "jobs";

    private const int AtOnce = 5000;
    private const int UndeclaredDays = 30;

    // Ids sort by creation: what ended before a time was made before it, so the key is read up to there and no further.
    private const string DropJobs = """
        WITH old AS (
            SELECT id FROM jobs.finished
            WHERE id < $1 AND (CASE WHEN outcome = 3 THEN finished_at < $2 ELSE finished_at < $3 END) ORDER BY id LIMIT $4),
        steps AS (DELETE FROM jobs.steps USING old WHERE job_id = old.id),
        dropped AS (DELETE FROM jobs.finished AS f USING old WHERE f.id = old.id RETURNING f.id)
        SELECT count(*) FROM dropped
        """;

    public async Task Handle(SweepOld arguments, IJobContext job, CancellationToken ct)
    {
        await Declared(ct);
        var now = await source.Statement("SELECT clock_timestamp()").Row(row => row.GetFieldValue<DateTimeOffset>(0), ct);
        var (dead, ended) = (now.AddDays(-options.Value.KeepDeadDays), now.AddHours(-options.Value.KeepHours));
        var newest = Guid.CreateVersion7(dead > ended ? dead : ended);
        long dropped = 0;
        while (true)
        {
            var count = await source.Statement(DropJobs, newest, dead, ended, AtOnce).Row(row => row.GetInt64(0), ct);
            dropped += count;
            job.Report(50, $"{dropped} jobs dropped");
            if (count < AtOnce) break;
        }
        await Run("DELETE FROM jobs.outbox WHERE given_up_at < $1", [dead], ct);
        await Run("DELETE FROM jobs.schedules WHERE declared_at < $1", [now.AddDays(-UndeclaredDays)], ct);
    }

    // Who sweeps also says that its schedules are still there.
    private Task Declared(CancellationToken ct) => Run(
        "UPDATE jobs.schedules SET declared_at = clock_timestamp() WHERE name = ANY ($1)",
        [registry.Schedules.Select(schedule => schedule.Name).ToArray()], ct);

    private async Task Run(string sql, object?[] values, CancellationToken ct)
    {
        await using var statement = source.Statement(sql, values);
        await statement.ExecuteNonQueryAsync(ct);
    }
}
