using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

internal sealed class JobBook(NpgsqlDataSource source, IUnitsOfWork units, JobRegistry registry, DeskReads reads) : IJobs
{
    private const int UniqueKeyMax = 200;
    private const int TriesMax = 100;

    private const string Insert = $"""
        WITH made AS (
            INSERT INTO jobs.live (id, queue, name, arguments, attempts_max, unique_key, created_at, due_at)
            VALUES ($1, $2, $3, $4::json, $5, $6::text, clock_timestamp(), coalesce($7::timestamptz, clock_timestamp()))
            ON CONFLICT (queue, unique_key) WHERE unique_key IS NOT NULL DO NOTHING RETURNING id)
        SELECT id, pg_notify('{Bell.JobsChannel}', $2) FROM made
        """;

    private const string InsertMany = $"""
        WITH made AS (
            INSERT INTO jobs.live (id, queue, name, arguments, attempts_max, created_at, due_at)
            SELECT id, queue, name, arguments::json, attempts_max, clock_timestamp(), coalesce(due_at, clock_timestamp())
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[])
                AS given (id, queue, name, arguments, attempts_max, due_at)
            RETURNING queue)
        SELECT pg_notify('{Bell.JobsChannel}', queue) FROM made GROUP BY queue
        """;

    public async Task<JobId> Enqueue(JobRequest request, UnitOfWork? work = null, CancellationToken ct = default)
    {
        var job = registry.Of(request.Arguments.GetType());
        var id = WireId.New<JobId>();
        object?[] values =
        [
            id.Value, job.Queue, job.Name, JsonText.Write(request.Arguments, "The arguments of a job"),
            registry.Queue(job.Queue).AttemptsMax, request.UniqueKey, request.RunAt?.ToUniversalTime(),
        ];
        if (request.UniqueKey is not { } key)
        {
            await Statement(work, Insert, values).Row(row => true, ct);
            return id;
        }
        ArgumentException.ThrowIfNullOrWhiteSpace(key, nameof(request));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, UniqueKeyMax, nameof(request));
        for (var tries = 0; tries < TriesMax; tries++)
        {
            if (await Statement(work, Insert, values).Row(row => true, ct)) return id;
            var earlier = await Statement(work, "SELECT id FROM jobs.live WHERE queue = $1 AND unique_key = $2", [job.Queue, key])
                .Row(row => (Guid?)row.GetGuid(0), ct);
            if (earlier is { } found) return new JobId(found);
            // The earlier one ended between the two looks.
        }
        throw new InvalidOperationException($"Jobs of the key '{key}' come and go faster than one more can be enqueued.");
    }

    public async Task<IReadOnlyList<JobId>> EnqueueMany(
        IReadOnlyList<JobRequest> requests, UnitOfWork? work = null, CancellationToken ct = default)
    {
        if (requests.Count == 0) return [];
        if (requests.Any(request => request.UniqueKey is not null))
            throw new ArgumentException("Jobs with a unique key are enqueued one by one.", nameof(requests));
        var jobs = requests.Select(request => registry.Of(request.Arguments.GetType())).ToArray();
        var ids = jobs.Select(_ => WireId.New<JobId>()).ToArray();
        await Statement(work, InsertMany,
            [
                ids.Select(id => id.Value).ToArray(), jobs.Select(job => job.Queue).ToArray(),
                jobs.Select(job => job.Name).ToArray(),
                requests.Select(request => JsonText.Write(request.Arguments, "The arguments of a job")).ToArray(),
                jobs.Select(job => registry.Queue(job.Queue).AttemptsMax).ToArray(),
                requests.Select(request => request.RunAt?.ToUniversalTime()).ToArray(),
            ]).Row(row => true, ct);
        return ids;
    }

    public Task<JobRow?> Find(JobId id, CancellationToken ct = default) => reads.Find(id, ct);

    public async Task<bool> Cancel(JobId id, UnitOfWork? work = null, CancellationToken ct = default)
    {
        var done = await units.Write<bool>(work, async given => await CancelIn(given, id, ct) is not null, ct);
        return done.Value;
    }

    /// <summary>The state that the job had before; null when it has ended or there is none.</summary>
    public static async Task<JobState?> CancelIn(UnitOfWork work, JobId id, CancellationToken ct)
    {
        var running = await work.Statement("SELECT running FROM jobs.live WHERE id = $1 FOR UPDATE", id.Value)
            .Row(row => (bool?)row.GetBoolean(0), ct);
        if (running is null) return null;
        if (running.Value)
        {
            await work.Statement($"""
                UPDATE jobs.live SET cancel_at = coalesce(cancel_at, clock_timestamp())
                WHERE id = $1 RETURNING pg_notify('{Bell.CancelChannel}', id::text)
                """, id.Value).Row(row => true, ct);
            return JobState.Running;
        }
        await work.Statement("SELECT jobs.bury($1, 4::smallint, NULL)", id.Value).Row(row => true, ct);
        return JobState.Waiting;
    }

    private NpgsqlCommand Statement(UnitOfWork? work, string sql, object?[] values) =>
        work is null ? source.Statement(sql, values) : work.Statement(sql, values);
}
