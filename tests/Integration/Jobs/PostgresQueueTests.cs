using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Xunit;

namespace Sluice.Integration.Jobs;

/// <summary>The kit over PostgreSQL.</summary>
public sealed class PostgresQueueTests(PostgresCluster postgres) : QueueConformance
{
    protected override Task<string> NewStore() => postgres.CreateDatabase();

    protected override QueueProcess Over(string store, Action<IServiceCollection> declare) => PostgresQueue.Over(store, declare);
}

/// <summary>Its second half.</summary>
public sealed class PostgresQueueControlTests(PostgresCluster postgres) : QueueControlConformance
{
    protected override Task<string> NewStore() => postgres.CreateDatabase();

    protected override QueueProcess Over(string store, Action<IServiceCollection> declare) => PostgresQueue.Over(store, declare);
}

/// <summary>What only the queue on PostgreSQL has: claims as rows, transactions shared with handlers, LISTEN.</summary>
public sealed class PostgresQueueOwnTests(PostgresCluster postgres)
{
    [Fact]
    public async Task Completion_is_refused_and_the_handler_stopped_when_the_claim_was_lost()
    {
        var store = await postgres.CreateDatabase();
        var told = 0;
        using var gate = new SemaphoreSlim(0);
        var first = new Hands(async (_, _, ct) =>
        {
            await using var stop = ct.Register(() => Interlocked.Increment(ref told));
            // Goes on all the same, as one that does not listen.
            await gate.WaitAsync(CancellationToken.None);
        });
        var second = new Hands((_, _, ct) => Declared.Forever(ct));
        await using var frozen = PostgresQueue.Over(store, Declared.With(first, Declared.Quick with { Concurrency = 1 }));
        await frozen.Start();
        var id = await frozen.Enqueue(1);
        await Until.True(() => first.Count == 1, "the job runs");
        await using var other = PostgresQueue.Over(store, Declared.With(second));
        await Run(other, "UPDATE jobs.live SET claimed_until = now() - interval '1 second'");
        await other.Start();
        await Until.True(() => first.Count + second.Count == 2, "the job was taken and runs again");
        await Until.True(() => told == 1, "the first is told");
        gate.Release();
        // What the first says is not taken: the claim of the second stands.
        await frozen.Stop();
        var row = await other.Row(id);
        Assert.Equal((JobState.Running, 2), (row.State, row.Attempts));
        Assert.Contains("not heard of", row.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_does_not_run_beside_itself_when_its_own_process_claims_it_again()
    {
        using var gate = new SemaphoreSlim(0);
        var hands = new Hands((_, _, _) => gate.WaitAsync(CancellationToken.None));
        await using var process = PostgresQueue.Over(await postgres.CreateDatabase(), Declared.With(hands));
        await process.Start();
        var id = await process.Enqueue(1);
        await Until.True(() => hands.Count == 1, "the job runs");
        await Run(process, "UPDATE jobs.live SET claimed_until = now() - interval '1 second'");
        await Until.True(async () => await process.Row(id) is { State: JobState.Running, Attempts: 2 }, "it is claimed again");
        Assert.Equal(1, hands.Count);
        gate.Release(2);
        await process.Reaches(id, JobState.Done);
        Assert.Equal((2, 1), (hands.Count, hands.Most));
    }

    [Fact]
    public async Task Step_and_completion_in_the_handlers_transaction_are_written_exactly_once()
    {
        var store = await postgres.CreateDatabase();
        QueueProcess? process = null;
        var hands = new Hands(async (work, job, ct) =>
        {
            await job.Step("insert", (unit, _) => Insert(unit, work.Number));
            if (job.Attempt == 1) throw new InvalidOperationException("planted after the step");
            await using var last = await process!.Units.Begin(ct);
            await Insert(last, work.Number + 100);
            await job.CompleteIn(last);
            if (job.Attempt == 2) throw new InvalidOperationException("planted before the commit");
            await last.Commit(ct);
            throw new InvalidOperationException("planted after the commit");
        });
        process = PostgresQueue.Over(store, Declared.With(hands));
        await using var _ = process;
        await Run(process, "CREATE TABLE effects (number int)");
        await process.Start();
        var id = await process.Enqueue(1);
        await process.Reaches(id, JobState.Done);
        await Until.True(() => hands.Count == 3, "three runs");
        Assert.Equal([1, 101], await Rows(process, "SELECT number FROM effects ORDER BY number"));
    }

    [Fact]
    public async Task Job_is_found_by_looking_when_nobody_can_be_told()
    {
        var hands = Declared.Nothing;
        await using var process = PostgresQueue.Over(await postgres.CreateDatabase(), Declared.With(hands));
        await process.Start();
        await process.Reaches(await process.Enqueue(1), JobState.Done);
        // Put there without a word.
        await Run(process, """
            INSERT INTO jobs.live (id, queue, name, arguments, created_at, due_at, attempts_max)
            SELECT gen_random_uuid(), queue, name, arguments, now(), now(), attempts_max FROM jobs.finished
            """);
        await Until.True(() => hands.Count == 2, "it was found");
    }

    [Fact]
    public async Task Worker_hears_again_after_its_connections_were_cut()
    {
        var hands = Declared.Nothing;
        var store = await postgres.CreateDatabase();
        await using var process = PostgresQueue.Over(store, services =>
        {
            Declared.With(hands)(services);
            services.Configure<JobsOptions>(options => options.PollMs = 60_000);
        });
        await process.Start();
        await process.Reaches(await process.Enqueue(1), JobState.Done);
        await using (var outside = NpgsqlDataSource.Create(store + ";Pooling=false"))
        await using (var cut = outside.CreateCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))
            await cut.ExecuteNonQueryAsync();
        await Until.True(async () => await Enqueued(process), "the database answers again");
        await Until.True(() => hands.Count >= 2, "news are heard again, long before the next look");
    }

    [Fact]
    public async Task Changes_by_an_operator_are_in_the_trail()
    {
        await using var process = PostgresQueue.Over(await postgres.CreateDatabase(), Declared.With(Declared.Nothing));
        var id = await process.Enqueue(1);
        await process.Desk.Cancel(id, Actor.System);
        await process.Desk.Retry(id, Actor.System);
        await process.Start();
        await process.Reaches(id, JobState.Done);
        await process.Desk.SetPaused(Declared.Queue, true, Actor.System);
        await using var read = process.Get<NpgsqlDataSource>().CreateCommand("SELECT string_agg(action, ' ' ORDER BY number) FROM audit.events");
        Assert.Equal("jobs.job.cancel jobs.job.retry jobs.queue.pause", await read.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Old_jobs_go_with_their_steps_and_dead_ones_stay_longer()
    {
        await using var process = PostgresQueue.Over(await postgres.CreateDatabase(), Declared.With(new Hands(async (work, job, _) =>
        {
            await job.Step("one", _ => Task.FromResult(1));
            if (work.Number == 1) throw new JobHopelessException("planted");
        })));
        await process.Start();
        var dead = await process.Enqueue(1);
        var done = await process.Enqueue(2);
        await process.Reaches(dead, JobState.Dead);
        await process.Reaches(done, JobState.Done);
        // As if both had been made, and had ended, eight days ago.
        await Run(process, """
            UPDATE jobs.steps SET job_id = overlay(job_id::text PLACING '0190' FROM 1 FOR 4)::uuid;
            UPDATE jobs.finished SET id = overlay(id::text PLACING '0190' FROM 1 FOR 4)::uuid, finished_at = now() - interval '8 days'
            """);
        var young = await process.Enqueue(3);
        await process.Reaches(young, JobState.Done);
        Assert.True((await process.Desk.RunSchedule("jobs.retention", Actor.System)).Ok);
        await Until.True(async () => (await process.Desk.Jobs(new(State: JobState.Done, Queue: Declared.Queue), null, 10, Actor.System)).Value.Count == 1, "the old one went");
        Assert.Single((await process.Desk.Jobs(new(State: JobState.Dead), null, 10, Actor.System)).Value);
        Assert.Equal([2], await Rows(process, "SELECT count(*)::int FROM jobs.steps"));
    }

    private static async Task<bool> Enqueued(QueueProcess process)
    {
        try
        {
            await process.Enqueue(2);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<int> Insert(UnitOfWork work, int number)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO effects VALUES ($1)", (NpgsqlConnection)work.Connection, (NpgsqlTransaction)work.Transaction)
        {
            Parameters = { new() { Value = number } },
        };
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task Run(QueueProcess process, string sql)
    {
        await using var command = process.Get<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<int>> Rows(QueueProcess process, string sql)
    {
        await using var command = process.Get<NpgsqlDataSource>().CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<int> rows = [];
        while (await reader.ReadAsync()) rows.Add(reader.GetInt32(0));
        return rows;
    }
}
