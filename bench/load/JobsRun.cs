using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Jobs;

namespace Sluice.Load;

/// <summary>
/// The queue of jobs as a worker runs it, over a PostgreSQL that syncs: how many are claimed and completed a second, each
/// by itself and in batches, and how soon after a commit a sleeping worker begins.
/// </summary>
internal static class JobsRun
{
    private const int EnqueuedAtOnce = 1000;
    private const int Connections = 32;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private static readonly JobQueue OneByOne = new("bench") { Concurrency = Connections, Batch = 1 };
    private static readonly JobQueue Batched = new("bench") { Concurrency = 2000, Batch = 500 };

    public static async Task<int> Run(Arguments arguments, CancellationToken ct)
    {
        var budget = Budgets.Read().Jobs;
        var rounds = arguments.Number("rounds", 3);
        await using var database = await PostgresServer.Create(durable: true);
        await database.Run("CREATE DATABASE sluice");
        var connectionString = database.ConnectionString("sluice") + ";Max Auto Prepare=50;Maximum Pool Size=60";
        await ChildProcess.Run(
            new ChildCommand(Repository.Executable, "migrate")
            {
                Environment = new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["SLUICE_DATABASE"] = database.ConnectionString("sluice"),
                },
            }, TimeSpan.FromMinutes(1));

        var one = await Rates(connectionString, OneByOne, arguments.Number("one", 10_000), rounds, ct);
        var many = await Rates(connectionString, Batched, arguments.Number("batched", 200_000), rounds, ct);
        var wakes = await Wakes(connectionString, arguments.Number("wakes", 1500), ct);

        var verdicts = new Verdicts();
        verdicts.AtLeast("jobs a second, one by one", Statistics.Median(one.Worked), budget.OneByOnePerSecondMin);
        verdicts.AtLeast("jobs a second, batched", Statistics.Median(many.Worked), budget.BatchedPerSecondMin);
        verdicts.AtMost("commit to begun, p99 ms", Percentile(wakes, 0.99), budget.WakeP99MillisecondsMax);
        verdicts.Print();
        var report = new
        {
            Machine = await Machine.Describe(),
            OneByOne = one.Worked,
            Batched = many.Worked,
            EnqueuedByThousands = many.Enqueued,
            Wake = new { P50 = Percentile(wakes, 0.5), P90 = Percentile(wakes, 0.9), P99 = Percentile(wakes, 0.99), Most = wakes.Max() },
            verdicts.All,
        };
        Console.WriteLine($"enqueued a second, a thousand a statement: {Statistics.Median(many.Enqueued):0}");
        Console.WriteLine($"commit to begun, ms: p50 {report.Wake.P50:0.00}, p90 {report.Wake.P90:0.00}, most {report.Wake.Most:0.00}");
        Report.Write("jobs", TimeProvider.System.GetUtcNow(), report);
        return verdicts.Met ? 0 : 1;
    }

    // All jobs lie in the queue before a worker starts; the time ends when the last is done in the database.
    private static async Task<(List<double> Worked, List<double> Enqueued)> Rates(
        string connectionString, JobQueue queue, int count, int rounds, CancellationToken ct)
    {
        List<double> worked = [], enqueued = [];
        for (var round = 0; round <= rounds; round++)
        {
            // The first is not counted: what is compiled and connected then is ready afterwards.
            var jobs = round == 0 ? Math.Min(count, 5000) : count;
            await using var worker = new Engine(connectionString, queue);
            var enqueue = Stopwatch.StartNew();
            for (var at = 0; at < jobs; at += EnqueuedAtOnce)
            {
                await worker.Jobs.EnqueueMany(
                    [.. Enumerable.Range(at, Math.Min(EnqueuedAtOnce, jobs - at)).Select(n => new JobRequest(new Tick(n)))], ct: ct);
            }
            enqueue.Stop();
            var work = Stopwatch.StartNew();
            await worker.Start();
            while (worker.Ticks.Count < jobs || await worker.Live(ct) > 0)
            {
                if (work.Elapsed > Longest) throw new TimeoutException($"{worker.Ticks.Count} of {jobs} jobs in {Longest}.");
                await Task.Delay(5, ct);
            }
            work.Stop();
            if (worker.Ticks.Count != jobs) throw new InvalidOperationException($"{worker.Ticks.Count} runs of {jobs} jobs.");
            if (round == 0) continue;
            worked.Add(jobs / work.Elapsed.TotalSeconds);
            enqueued.Add(jobs / enqueue.Elapsed.TotalSeconds);
            Console.WriteLine($"batch {queue.Batch,4}: {worked[^1],8:0} a second ({jobs} jobs)");
        }
        return (worked, enqueued);
    }

    // One job at a time, each in a transaction of its own, while the worker sleeps: from the commit's return to the begin of
    // its handler, which the claim's own commit comes before.
    private static async Task<List<double>> Wakes(string connectionString, int count, CancellationToken ct)
    {
        await using var worker = new Engine(connectionString, new JobQueue("bench"), pollMs: 60_000);
        await worker.Start();
        List<double> wakes = [];
        var random = new Random(1);
        const int warmUp = 100;
        for (var n = 0; n < count + warmUp; n++)
        {
            worker.Ticks.Begun = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            long committed;
            await using (var work = await worker.Units.Begin(ct))
            {
                await worker.Jobs.Enqueue(new JobRequest(new Tick(n)), work, ct);
                await work.Commit(ct);
                committed = Stopwatch.GetTimestamp();
            }
            var begun = await worker.Ticks.Begun.Task.WaitAsync(Longest, ct);
            if (n >= warmUp) wakes.Add(Math.Max(0, Stopwatch.GetElapsedTime(committed, begun).TotalMilliseconds));
            await Task.Delay(random.Next(1, 15), ct);
        }
        return wakes;
    }

    private static double Percentile(List<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }

    /// <summary>The arguments of the one kind of job.</summary>
    private sealed record Tick(int Number);

    private sealed class Ticker : IJobHandler<Tick>
    {
        private int _count;

        public int Count => _count;

        public TaskCompletionSource<long>? Begun { get; set; }

        public Task Handle(Tick arguments, IJobContext job, CancellationToken ct)
        {
            Interlocked.Increment(ref _count);
            Begun?.TrySetResult(Stopwatch.GetTimestamp());
            return Task.CompletedTask;
        }
    }

    /// <summary>A worker in this process, as the product wires it.</summary>
    private sealed class Engine : IAsyncDisposable
    {
        private readonly ServiceProvider _services;

        public Engine(string connectionString, JobQueue queue, int? pollMs = null)
        {
            var services = new ServiceCollection();
            services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
            services.AddLogging();
            services.AddSingleton(NpgsqlDataSource.Create(connectionString));
            services.AddSingleton<IUnitsOfWork, Transactions>();
            services.AddJobs(dispatch: true);
            services.AddSingleton<Ticker>().AddJob<Tick, Ticker>(queue.Name, "bench.tick").AddQueue(queue);
            services.Configure<JobsOptions>(options =>
            {
                options.ConnectionsMax = Connections;
                options.PollMs = pollMs ?? options.PollMs;
            });
            _services = services.BuildServiceProvider();
        }

        public IJobs Jobs => _services.GetRequiredService<IJobs>();

        public IUnitsOfWork Units => _services.GetRequiredService<IUnitsOfWork>();

        public Ticker Ticks => _services.GetRequiredService<Ticker>();

        public async Task Start()
        {
            foreach (var part in _services.GetServices<IHostedService>()) await part.StartAsync(CancellationToken.None);
        }

        public async Task<long> Live(CancellationToken ct)
        {
            await using var command = _services.GetRequiredService<NpgsqlDataSource>()
                .CreateCommand("SELECT count(*) FROM (SELECT FROM jobs.live WHERE queue = 'bench' LIMIT 1) AS one");
            return (long)(await command.ExecuteScalarAsync(ct))!;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var part in _services.GetServices<IHostedService>().Reverse()) await part.StopAsync(CancellationToken.None);
            await _services.DisposeAsync();
        }
    }

    private sealed class Transactions(NpgsqlDataSource source) : IUnitsOfWork
    {
        public async Task<UnitOfWork> Begin(CancellationToken ct = default)
        {
            var connection = await source.OpenConnectionAsync(ct);
            return new UnitOfWork(connection, await connection.BeginTransactionAsync(ct));
        }
    }
}
