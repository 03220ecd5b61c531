using System.Globalization;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Worker;
using Xunit;

namespace Sluice.Integration.Jobs;

/// <summary>Real worker processes, killed, frozen and stopped while they work.</summary>
public sealed class KilledWorkersTests(PostgresCluster postgres)
{
    private const int Workers = 4;
    private const int Kills = 24;
    private const int ClaimMs = 1500;

    [Fact]
    public async Task No_job_is_lost_and_none_runs_twice_at_once_when_workers_are_killed_at_random()
    {
        const int jobs = 400;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var scene = await Scene.Open(postgres, jobs);
        var ids = await scene.Enqueue(jobs, _ => random.Next(5, 250));
        for (var worker = 0; worker < Workers; worker++) scene.StartWorker();
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(random.Next(50, 500));
            await scene.Replace(random.Next(Workers));
        }
        await scene.AllDone(ids, seed);
        Assert.Equal((0, jobs, jobs), await scene.Sums());
        Assert.True(await scene.Count("SELECT count(*) FROM jobs.finished WHERE fence > 1") > 0, $"No kill met a job (seed {seed}).");
        Assert.Equal(0, await scene.Count("SELECT count(*) FROM jobs.live WHERE queue = 'marks'"));
    }

    [Fact]
    public async Task Worker_that_was_frozen_longer_than_its_claims_changes_nothing_when_it_comes_back()
    {
        const int jobs = 4;
        await using var scene = await Scene.Open(postgres, jobs);
        scene.StartWorker();
        var ids = await scene.Enqueue(jobs, _ => 700);
        await Until.True(async () => await scene.Count("SELECT count(*) FROM marks WHERE words = 'begun'") == jobs, "all begin");
        scene.Processes[0].Freeze();
        await Until.True(
            async () => await scene.Count("SELECT count(*) FROM jobs.live WHERE claimed_until < clock_timestamp()") == jobs, "claims end");
        // Whatever it holds in the database, the lock of a row in the middle of a statement even, goes with its connections,
        // as it would when the network gives them up.
        await scene.Run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker 1'");
        scene.StartWorker();
        await scene.AllDone(ids, 0);
        scene.Processes[0].Thaw();
        var worker = scene.Processes[0];
        await Until.True(() => worker.Output.Contains("after its claim was lost", StringComparison.Ordinal), "it notices");
        Assert.Equal(jobs, await scene.Count("SELECT count(*) FROM jobs.finished WHERE queue = 'marks' AND outcome = 2 AND fence = 2"));
        Assert.Equal(jobs, await scene.Count("SELECT count(*) FROM steps_done"));
    }

    [Fact]
    public async Task Worker_that_is_told_to_end_hands_its_jobs_back_at_once()
    {
        const int jobs = 3;
        await using var scene = await Scene.Open(postgres, jobs);
        scene.StartWorker();
        var ids = await scene.Enqueue(jobs, _ => 60_000);
        await Until.True(async () => await scene.Count("SELECT count(*) FROM marks WHERE words = 'begun'") == jobs, "all begin");
        Assert.Equal(0, await scene.Processes[0].Stop(TimeSpan.FromSeconds(20)));
        Assert.Equal(jobs, await scene.Count("SELECT count(*) FROM jobs.live WHERE id = ANY (ARRAY(SELECT id FROM jobs.live WHERE NOT running AND attempts = 0 AND queue = 'marks'))"));
        Assert.Equal(jobs, ids.Count);
    }

    /// <summary>A database with the tables of the handler, workers over it, and a process that enqueues.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly string _store;
        private readonly QueueProcess _process;
        private int _started;

        private Scene(string store)
        {
            _store = store;
            // Knows the jobs and runs none: it is never started.
            _process = PostgresQueue.Over(store, services => services.AddJob<Mark, MarkHandler>("marks", "tests.mark")
                .AddQueue(new JobQueue("marks") { AttemptsMax = 1000 }));
        }

        public List<ChildProcess> Processes { get; } = [];

        public static async Task<Scene> Open(PostgresCluster postgres, int jobs)
        {
            var scene = new Scene(await postgres.CreateDatabase());
            await scene.Run("CREATE TABLE faults (number int, words text)");
            await scene.Run("CREATE TABLE steps_done (number int)");
            await scene.Run("CREATE TABLE marks (number int PRIMARY KEY, fence bigint NOT NULL, words text, writes int NOT NULL)");
            await scene.Run($"INSERT INTO marks SELECT n, 0, 'new', 0 FROM generate_series(0, {jobs - 1}) AS n");
            return scene;
        }

        public Task<IReadOnlyList<JobId>> Enqueue(int jobs, Func<int, int> milliseconds) => _process.Jobs.EnqueueMany(
            [.. Enumerable.Range(0, jobs).Select(n => new JobRequest(new Mark(n, milliseconds(n))))]);

        public void StartWorker() => Processes.Add(ChildProcess.Start(new ChildCommand(
            Path.Combine(AppContext.BaseDirectory, "Sluice.Worker"), $"{_store};Application Name=worker {++_started}",
            ClaimMs.ToString(CultureInfo.InvariantCulture))));

        public async Task Replace(int index)
        {
            var old = Processes[index];
            old.Kill();
            await old.WaitForExit(TimeSpan.FromSeconds(10));
            await old.DisposeAsync();
            StartWorker();
            Processes[index] = Processes[^1];
            Processes.RemoveAt(Processes.Count - 1);
        }

        public async Task AllDone(IReadOnlyList<JobId> ids, int seed)
        {
            await Until.True(
                async () => await Count("SELECT count(*) FROM jobs.finished WHERE queue = 'marks' AND outcome = 2") == ids.Count,
                $"all jobs are done (seed {seed})", TimeSpan.FromSeconds(90));
            foreach (var id in ids.Take(10)) Assert.Equal(JobState.Done, (await _process.Row(id)).State);
        }

        /// <summary>Faults; jobs whose last write was their end; jobs whose step was done exactly once.</summary>
        public async Task<(long Faults, long Ended, long Steps)> Sums() => (
            await Count("SELECT count(*) FROM faults"), await Count("SELECT count(*) FROM marks WHERE words = 'ended'"),
            await Count("SELECT count(*) FROM (SELECT number FROM steps_done GROUP BY number HAVING count(*) = 1) AS once"));

        public async Task<long> Count(string sql)
        {
            await using var command = _process.Get<NpgsqlDataSource>().CreateCommand(sql);
            return (long)(await command.ExecuteScalarAsync())!;
        }

        public async Task Run(string sql)
        {
            await using var command = _process.Get<NpgsqlDataSource>().CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var process in Processes) await process.DisposeAsync();
            await _process.DisposeAsync();
        }
    }
}
