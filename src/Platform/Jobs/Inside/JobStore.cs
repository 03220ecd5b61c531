using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>A job that this process claimed.</summary>
internal sealed record ClaimedJob(
    JobId Id, string Name, string Arguments, long Fence, int Attempt, int AttemptsMax, DateTimeOffset DueAt);

/// <summary>
/// What a worker says to the database. Every verb names the fence, so that a claim that was lost changes nothing. Rows are
/// locked in the order of their ids, so that no two statements wait for each other.
/// </summary>
internal sealed class JobStore(NpgsqlDataSource source, IOptions<JobsOptions> options) : IDisposable
{
    private const string ClaimSql = """
        SELECT id, name, arguments, fence, attempts, attempts_max, due_at
        FROM jobs.claim($1, $2, $3, $4, $5, $6::float8, $7, $8::int)
        """;

    // Bounds what this process takes of the pool, whatever its queues.
    private readonly SemaphoreSlim _connections = new(options.Value.ConnectionsMax);

    private long _ended;

    /// <summary>Jobs that this process has moved out of the way.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    /// <summary>Who claims: machine, process id, and a name of this start.</summary>
    public string Worker { get; } =
        $"{Environment.MachineName}:{Environment.ProcessId}:{WireId.Encode(Guid.CreateVersion7())[..10]}";

    /// <summary>
    /// Claims due jobs, oldest first. Not cancelled: a claim whose answer is thrown away would hold its jobs for nothing.
    /// </summary>
    public Task<List<ClaimedJob>> Claim(JobQueue queue, string[] names, int most) => Bounded(async () =>
    {
        var jobs = await source.Statement(ClaimSql, ClaimValues(queue, names, most)).Rows(Read);
        if (jobs.Count > 1) jobs.Sort((a, b) => a.DueAt.CompareTo(b.DueAt));
        return jobs;
    });

    /// <summary>Until a claim may find something; null when only news can tell.</summary>
    public Task<TimeSpan?> Wait(JobQueue queue, string[] names, CancellationToken ct) => Bounded(async () =>
    {
        var seconds = await source.Statement(
            "SELECT jobs.wait($1, $2, $3::float8, $4)", queue.Name, names, queue.RatePerSecond, queue.Burst)
            .Row(row => row.Optional<double?>(0), ct);
        return seconds is { } s ? TimeSpan.FromSeconds(s) : (TimeSpan?)null;
    });

    /// <summary>Marks jobs as done; answers with those whose claim still held.</summary>
    public Task<List<Guid>> Complete(JobQueue queue, Guid[] ids, long[] fences) => Bounded(async () =>
    {
        Array.Sort(ids, fences);
        var done = await source.Statement("SELECT jobs.complete($1, $2, $3)", ids, fences, options.Value.KeepHours > 0)
            .Rows(row => row.GetGuid(0));
        Interlocked.Add(ref _ended, done.Count);
        // Somewhere else a place became free.
        if (queue.ConcurrencyEverywhere is not null) await Notify(queue.Name);
        return done;
    });

    /// <summary>
    /// Marks one job as done and claims the next, in one transaction: what a place does that works one by one. Answers
    /// whether the claim on the first still held, and with the next where there is one.
    /// </summary>
    public Task<(bool Done, ClaimedJob? Next)> Turn(JobQueue queue, string[] names, ClaimedJob job) => Bounded(async () =>
    {
        await using var batch = source.CreateBatch();
        Add("SELECT jobs.complete($1, $2, $3)", new[] { job.Id.Value }, new[] { job.Fence }, options.Value.KeepHours > 0);
        Add(ClaimSql, ClaimValues(queue, names, 1));
        await using var reader = await batch.ExecuteReaderAsync();
        var done = await reader.ReadAsync();
        if (done) Interlocked.Increment(ref _ended);
        await reader.NextResultAsync();
        return (done, await reader.ReadAsync() ? Read(reader) : null);

        void Add(string sql, params object?[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
            batch.BatchCommands.Add(command);
        }
    });

    /// <summary>Marks one as done in the handler's own transaction; false when the claim was lost.</summary>
    public async Task<bool> CompleteIn(UnitOfWork work, ClaimedJob job, CancellationToken ct) =>
        await work.Statement(
            "SELECT jobs.complete($1, $2, $3)", new[] { job.Id.Value }, new[] { job.Fence }, options.Value.KeepHours > 0)
            .Row(row => true, ct);

    /// <summary>How the job goes on after a failure; null when the claim was lost.</summary>
    public Task<JobState?> Fail(ClaimedJob job, string error, TimeSpan wait, bool hopeless) => Bounded(async () =>
    {
        var state = await source.Statement(
            "SELECT jobs.fail($1, $2, $3, $4, $5)", job.Id.Value, job.Fence, error, wait.TotalSeconds, hopeless)
            .Row(row => row.Optional<int?>(0));
        return (JobState?)state;
    });

    /// <summary>Gives jobs back as if they had not been claimed, and tells others of them.</summary>
    public Task Release(string queue, IReadOnlyCollection<ClaimedJob> jobs) => Bounded(async () =>
    {
        var sorted = jobs.OrderBy(job => job.Id.Value).ToList();
        await source.Statement("""
            WITH mine AS (
                SELECT l.ctid AS place FROM jobs.live AS l JOIN unnest($1::uuid[], $2::bigint[]) AS given (id, fence)
                ON l.id = given.id AND l.fence = given.fence WHERE l.running ORDER BY l.id FOR UPDATE OF l),
            released AS (
                UPDATE jobs.live AS l SET running = false, claimed_until = NULL, attempts = l.attempts - 1
                WHERE l.ctid = ANY (ARRAY(SELECT place FROM mine)) RETURNING l.id)
            SELECT count(*), pg_notify($3, $4) FROM released
            """, sorted.Select(job => job.Id.Value).ToArray(), sorted.Select(job => job.Fence).ToArray(), Bell.JobsChannel, queue)
            .Row(row => true);
        return true;
    });

    /// <summary>Renews claims; answers with those that still hold, and whether each is to be cancelled.</summary>
    public Task<Dictionary<Guid, bool>> Renew(IReadOnlyCollection<ClaimedJob> jobs, CancellationToken ct) => Bounded(async () =>
    {
        var sorted = jobs.OrderBy(job => job.Id.Value).ToList();
        var rows = await source.Statement("""
            WITH mine AS (
                SELECT l.ctid AS place FROM jobs.live AS l JOIN unnest($1::uuid[], $2::bigint[]) AS given (id, fence)
                ON l.id = given.id AND l.fence = given.fence WHERE l.running ORDER BY l.id FOR UPDATE OF l)
            UPDATE jobs.live AS l SET claimed_until = clock_timestamp() + make_interval(secs => $3 / 1000.0)
            WHERE l.ctid = ANY (ARRAY(SELECT place FROM mine)) RETURNING l.id, l.cancel_at IS NOT NULL
            """, sorted.Select(job => job.Id.Value).ToArray(), sorted.Select(job => job.Fence).ToArray(), options.Value.ClaimMs)
            .Rows(row => (row.GetGuid(0), row.GetBoolean(1)), ct);
        return rows.ToDictionary(row => row.Item1, row => row.Item2);
    });

    /// <summary>Writes what handlers told last.</summary>
    public Task Progress(IReadOnlyCollection<(ClaimedJob Job, int Percent, string? Words)> told, CancellationToken ct) =>
        Bounded(async () =>
        {
            var sorted = told.OrderBy(t => t.Job.Id.Value).ToList();
            return await source.Statement("""
                WITH mine AS (
                    SELECT l.ctid AS place, given.percent, given.words FROM jobs.live AS l
                    JOIN unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[]) AS given (id, fence, percent, words)
                    ON l.id = given.id AND l.fence = given.fence WHERE l.running ORDER BY l.id FOR UPDATE OF l)
                UPDATE jobs.live AS l SET percent = mine.percent, words = coalesce(mine.words, l.words)
                FROM mine WHERE l.ctid = mine.place
                """,
                sorted.Select(t => t.Job.Id.Value).ToArray(), sorted.Select(t => t.Job.Fence).ToArray(),
                sorted.Select(t => t.Percent).ToArray(), sorted.Select(t => t.Words).ToArray())
                .Row(row => true, ct);
        });

    /// <summary>Takes jobs from workers that are not heard of any more.</summary>
    public Task<List<(string Queue, string Name, JobState Outcome)>> Reap(int most, CancellationToken ct) => Bounded(() =>
        source.Statement(
            "SELECT queue, name, outcome, pg_notify($2, queue) FROM jobs.reap($1)", most, Bell.JobsChannel)
            .Rows(row => (row.GetString(0), row.GetString(1), (JobState)row.GetInt32(2)), ct));

    /// <summary>The steps that earlier runs of a job have done, by name, with their results.</summary>
    public Task<Dictionary<string, string?>> Steps(JobId job, CancellationToken ct) => Bounded(async () =>
    {
        var rows = await source.Statement("SELECT name, result::text FROM jobs.steps WHERE job_id = $1", job.Value)
            .Rows(row => (row.GetString(0), row.Optional<string>(1)), ct);
        return rows.ToDictionary(row => row.Item1, row => row.Item2, StringComparer.Ordinal);
    });

    /// <summary>Remembers a step; false when the claim was lost. The lock lets no other claim come in between.</summary>
    public static async Task<bool> Remember(UnitOfWork work, ClaimedJob job, string step, string result, CancellationToken ct) =>
        await work.Execute("""
            WITH mine AS (SELECT id FROM jobs.live WHERE id = $1 AND fence = $2 AND running FOR SHARE)
            INSERT INTO jobs.steps (job_id, name, result, at) SELECT id, $3, $4::json, clock_timestamp() FROM mine
            """, [job.Id.Value, job.Fence, step, result], ct) == 1;

    public void Dispose() => _connections.Dispose();

    private object?[] ClaimValues(JobQueue queue, string[] names, int most) =>
    [
        queue.Name, names, Worker, most, options.Value.ClaimMs, queue.RatePerSecond, queue.Burst, queue.ConcurrencyEverywhere,
    ];

    private static ClaimedJob Read(NpgsqlDataReader row) => new(
        new JobId(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetInt32(4), row.GetInt32(5),
        row.GetFieldValue<DateTimeOffset>(6));

    private Task<bool> Notify(string queue) =>
        source.Statement("SELECT pg_notify($1, $2)", Bell.JobsChannel, queue).Row(row => true);

    private async Task<T> Bounded<T>(Func<Task<T>> statement)
    {
        await _connections.WaitAsync();
        try
        {
            return await statement();
        }
        finally
        {
            _connections.Release();
        }
    }
}
