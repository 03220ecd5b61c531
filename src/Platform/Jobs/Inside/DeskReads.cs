using System.Text.Json;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>Reads jobs, queues, schedules and facts for people, doctor and metrics.</summary>
internal sealed class DeskReads(NpgsqlDataSource source)
{
    private const string Columns = """
        id, queue, name, state, unique_key, created_at, due_at, started_at, finished_at, attempts, attempts_max, percent, words,
        worker, cancel_at IS NOT NULL, failures -> -1 ->> 'error'
        """;

    public Task<JobRow?> Find(JobId id, CancellationToken ct) =>
        source.Statement($"SELECT {Columns} FROM jobs.every WHERE id = $1", id.Value).Row(Read, ct);

    public async Task<List<JobRow>> Jobs(JobFilter filter, JobId? after, int limit, CancellationToken ct)
    {
        // Only what is asked for stands in the statement, so that its plan can use the index of it.
        List<object?> values = [limit];
        List<string> wanted = ["true"];
        void Want(string condition, object? value)
        {
            if (value is null) return;
            values.Add(value);
            wanted.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, condition, $"${values.Count}"));
        }
        Want("id < {0}", after?.Value);
        Want("queue = {0}", filter.Queue);
        Want("name = {0}", filter.Name);
        Want("unique_key = {0}", filter.UniqueKey);
        // The constant is in the statement for the sake of the partial index.
        if (filter.State is { } state)
            wanted.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"state = {(int)state}"));
        return await source.Statement(
            $"SELECT {Columns} FROM jobs.every WHERE {string.Join(" AND ", wanted)} ORDER BY id DESC LIMIT $1", values.ToArray())
            .Rows(Read, ct);
    }

    public async Task<JobDetails?> Details(JobId id, CancellationToken ct)
    {
        var found = await source.Statement(
            $"SELECT {Columns}, arguments::text, failures::text FROM jobs.every WHERE id = $1", id.Value)
            .Row(row => (Job: Read(row), Arguments: row.GetString(16), Failures: row.GetString(17)), ct);
        if (found.Job is null) return null;
        var steps = await source.Statement("SELECT name, at FROM jobs.steps WHERE job_id = $1 ORDER BY at", id.Value)
            .Rows(row => new JobStep(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1)), ct);
        return new JobDetails(
            found.Job, JsonSerializer.Deserialize<JsonElement>(found.Arguments),
            JsonSerializer.Deserialize<JobFailure[]>(found.Failures, Http.Json) ?? [], steps);
    }

    public async Task<List<QueueRow>> Queues(CancellationToken ct) =>
        await source.Statement("""
            SELECT q.name, q.paused_at, coalesce(l.waiting, 0), coalesce(l.delayed, 0), coalesce(l.running, 0),
                   coalesce(f.dead, 0), greatest(0, extract(epoch FROM clock_timestamp() - l.oldest))::float8
            FROM jobs.queues AS q
            LEFT JOIN (
                SELECT queue, count(*) FILTER (WHERE NOT running AND due_at <= clock_timestamp()) AS waiting,
                       count(*) FILTER (WHERE NOT running AND due_at > clock_timestamp()) AS delayed,
                       count(*) FILTER (WHERE running) AS running,
                       min(due_at) FILTER (WHERE NOT running AND due_at <= clock_timestamp()) AS oldest
                FROM jobs.live GROUP BY queue) AS l ON l.queue = q.name
            LEFT JOIN (
                SELECT queue, count(*) AS dead FROM jobs.finished WHERE outcome <> 2 AND outcome = 3 GROUP BY queue) AS f
                ON f.queue = q.name
            ORDER BY q.name
            """).Rows(row => new QueueRow(
                row.GetString(0), row.Optional<DateTimeOffset?>(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4),
                row.GetInt64(5), row.Optional<double?>(6)), ct);

    public async Task<List<ScheduleRow>> Schedules(CancellationToken ct) =>
        await source.Statement(
            "SELECT name, queue, job, recurrence, next_at, last_at, last_job, paused_at FROM jobs.schedules ORDER BY name")
            .Rows(row => new ScheduleRow(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4),
                row.Optional<DateTimeOffset?>(5), row.Optional<Guid?>(6) is { } job ? new JobId(job) : null,
                row.Optional<DateTimeOffset?>(7)), ct);

    public async Task<List<FactRow>> Facts(bool dead, long? after, int limit, CancellationToken ct) =>
        await source.Statement($"""
            SELECT id, fact, subscriber, recorded_at, due_at, attempts, last_error, given_up_at FROM jobs.outbox
            WHERE given_up_at IS {(dead ? "NOT NULL" : "NULL AND attempts > 0")} AND ($1::bigint IS NULL OR id < $1)
            ORDER BY id DESC LIMIT $2
            """, after, limit)
            .Rows(row => new FactRow(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3),
                row.GetFieldValue<DateTimeOffset>(4), row.GetInt32(5), row.Optional<string>(6),
                row.Optional<DateTimeOffset?>(7)), ct);

    public async Task<OutboxSample> Outbox(CancellationToken ct) =>
        (await source.Statement("""
            SELECT count(*) FILTER (WHERE given_up_at IS NULL AND due_at <= clock_timestamp()),
                   count(*) FILTER (WHERE given_up_at IS NOT NULL),
                   coalesce(extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE given_up_at IS NULL)), 0)::float8
            FROM jobs.outbox
            """).Row(row => new OutboxSample(row.GetInt64(0), row.GetInt64(1), Math.Max(0, row.GetDouble(2))), ct))!;

    private static JobRow Read(NpgsqlDataReader row) => new(
        new JobId(row.GetGuid(0)), row.GetString(1), row.GetString(2), (JobState)row.GetInt32(3), row.Optional<string>(4),
        row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6), row.Optional<DateTimeOffset?>(7),
        row.Optional<DateTimeOffset?>(8), row.GetInt32(9), row.GetInt32(10), row.Optional<short?>(11), row.Optional<string>(12),
        row.Optional<string>(13), row.GetBoolean(14), row.Optional<string>(15));
}
