using System.Collections.Concurrent;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>
/// <c>kill -9</c> under load, at random moments: what clients were answered is what was recorded, and what was recorded
/// is what the rollups say, to the row.
/// </summary>
public sealed class KillTests(PostgresCluster postgres, ITestOutputHelper output)
{
    private const int Gateways = 2;
    private const int Connections = 8;
    private const int SocketsEach = 2;
    private const int KillsAWorkerSees = 12;
    private const int KillsARestartSees = 12;

    [Fact]
    public async Task Answers_are_records_and_rollups_when_gateways_are_killed_and_a_worker_takes_over()
    {
        await using var origins = await Origins.Start();
        await using var installation = await origins.Serve(await postgres.CreateDatabase());
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var worker = await installation.Start("worker");
        using var end = new CancellationTokenSource();
        // The worker dies as well, in the middle of what it takes over.
        var killing = KillAgainAndAgain(worker, new Random(Seed()), end.Token);

        var loads = await KillUnderLoad(installation, "gateway", key, KillsAWorkerSees);

        await end.CancelAsync();
        await killing;
        await Reckoning.RollupsAreRecords(installation);
        AllKindsAreRight(Books.Records(installation.Journals), loads);
        await AllJournalsClose(installation);
    }

    [Fact]
    public async Task Answers_are_records_and_rollups_when_killed_gateways_start_again()
    {
        await using var origins = await Origins.Start();
        await using var installation = await origins.Serve(await postgres.CreateDatabase());
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;

        var loads = await KillUnderLoad(installation, "gateway", key, KillsARestartSees);

        // Whatever died last is taken over by the next start.
        await installation.Start("gateway");
        await Reckoning.RollupsAreRecords(installation);
        AllKindsAreRight(Books.Records(installation.Journals), loads);
    }

    private static void AllKindsAreRight(IReadOnlyList<BookRecord> records, IReadOnlyList<Load> loads)
    {
        Reckoning.AnswersAreRecords(records, loads);
        Reckoning.NoCallCostsMore(records, Installation.Files, 3);
        Assert.Contains(records, r => r.Record.Kind == RecordKind.Checkpoint);
        Assert.Contains(records, r => r.Record.Flags.HasFlag(RecordFlags.Socket));
        Assert.Contains(records, r => r.Record.BatchIndex == 6 && !r.Record.Flags.HasFlag(RecordFlags.Socket));
    }

    private async Task<IReadOnlyList<Load>> KillUnderLoad(Installation installation, string roles, string key, int killsEach)
    {
        var seed = Seed();
        var said = new ConcurrentQueue<string>();
        var lives = Enumerable.Range(0, Gateways).Select(i => Task.Run(async () =>
        {
            var random = new Random(seed + i);
            var gateway = await installation.Start(
                roles, ("SLUICE_GATEWAY__CHECKPOINTINTERVALMS", "50"), ("SLUICE_GATEWAY__CHECKPOINTBYTES", "200000"));
            var calls = Enumerable.Repeat(Call.Single(key), 8)
                .Concat([Call.Batch(key, 7), Call.Batch(key, 3), Call.Download(key, "large")]).ToList();
            await using var load = new Load(gateway.Port, new LoadPlan(Connections, calls, seed + (100 * i))
            {
                Pause = TimeSpan.FromMilliseconds(1),
            });
            await using var sockets = new SocketLoad(load, gateway.Port, key, SocketsEach);
            for (var kill = 0; kill < killsEach; kill++)
            {
                var before = load.Answered;
                await Until.True(() => load.Answered > before, "the gateway answers again", TimeSpan.FromSeconds(60));
                await Task.Delay(random.Next(20, 800));
                await gateway.Crash();
                said.Enqueue(gateway.Output);
                load.NextLife();
                await gateway.Up(waitUntilReady: false);
            }
            await gateway.WaitUntilReady();
            var last = load.Answered;
            await Until.True(() => load.Answered > last, "the gateway answers at the end");
            Assert.True(await Metrics.Value(gateway, "sluice_journal_syncs_total") > 0, "No fsync was counted.");
            await sockets.Stop();
            await load.Stop();
            Assert.Equal(0, await gateway.Shutdown());
            return load;
        })).ToList();
        var loads = await Task.WhenAll(lives);
        var answers = loads.SelectMany(load => load.Answers).ToList();
        output.WriteLine(
            $"{killsEach * Gateways} kills, {answers.Count} answers, "
            + $"{loads.Sum(load => load.Unanswered.Sum(call => call.Entries))} calls in flight at them.");
        // A gateway that comes up answers right from its first call, and has nothing to complain of.
        foreach (var words in said.Where(words => words.Contains("xception", StringComparison.Ordinal))) output.WriteLine(words);
        Assert.Empty(answers.Where(answer => answer is not { Status: 200, HasError: false }).Take(3));
        return loads;
    }

    private static async Task KillAgainAndAgain(SluiceProcess worker, Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(random.Next(500, 4000), end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested) return;
            await worker.Crash();
            await worker.Up();
        }
    }

    private static Task AllJournalsClose(Installation installation) => Until.True(
        async () =>
        {
            await using var command = installation.Source.CreateCommand(
                "SELECT count(*) FROM metering.journals WHERE state <> 'closed'");
            return await command.ExecuteScalarAsync() is 0L;
        },
        "every journal is closed", TimeSpan.FromSeconds(30));

    /// <summary>What the gateways call: nginx for calls and slow downloads, an origin of the tests' own for sockets.</summary>
    private sealed class Origins(NginxOrigin http, MisbehavingOrigin sockets) : IAsyncDisposable
    {
        public static async Task<Origins> Start()
        {
            var http = await NginxOrigin.Start(files: "limit_rate 2m;");
            await File.WriteAllBytesAsync(Path.Combine(http.Files, "large"), new byte[400_000]);
            return new Origins(http, MisbehavingOrigin.Start());
        }

        public async Task<Installation> Serve(string database)
        {
            var installation = await Installation.Open(database, http.Url, sockets: sockets.SocketUrl);
            await installation.ImportFiles($"{http.Url}/files");
            return installation;
        }

        public async ValueTask DisposeAsync()
        {
            await http.DisposeAsync();
            await sockets.DisposeAsync();
        }
    }

    private int Seed()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"Seed {seed}");
        return seed;
    }
}
