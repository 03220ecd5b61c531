using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Xunit;
using PostgresCluster = Sluice.Integration.Postgres.PostgresCluster;

namespace Sluice.Integration.Chaos;

/// <summary>
/// <c>kill -9</c> under load, at random moments: what clients were answered is what was recorded, and what was recorded
/// is what the rollups say, to the row.
/// </summary>
public sealed class KillTests(PostgresCluster postgres, ITestOutputHelper output)
{
    private const int Gateways = 2;
    private const int Connections = 6;
    private const int KillsAWorkerSees = 11;
    private const int KillsARestartSees = 10;

    [Fact]
    public async Task Answers_are_records_and_rollups_when_gateways_are_killed_and_a_worker_takes_over()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var worker = await installation.Start("worker");
        using var end = new CancellationTokenSource();
        // The worker dies as well, in the middle of what it takes over.
        var killing = KillAgainAndAgain(worker, new Random(Seed()), end.Token);

        var loads = await KillUnderLoad(installation, "gateway", key, KillsAWorkerSees);

        await end.CancelAsync();
        await killing;
        await Reckoning.RollupsAreRecords(installation);
        Reckoning.AnswersAreRecords(Books.Records(installation.Journals), loads);
        await AllJournalsClose(installation);
    }

    [Fact]
    public async Task Answers_are_records_and_rollups_when_killed_gateways_start_again()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;

        var loads = await KillUnderLoad(installation, "gateway", key, KillsARestartSees);

        // Whatever died last is taken over by the next start.
        await installation.Start("gateway");
        await Reckoning.RollupsAreRecords(installation);
        Reckoning.AnswersAreRecords(Books.Records(installation.Journals), loads);
    }

    private async Task<IReadOnlyList<Load>> KillUnderLoad(Installation installation, string roles, string key, int killsEach)
    {
        var seed = Seed();
        var lives = Enumerable.Range(0, Gateways).Select(i => Task.Run(async () =>
        {
            var random = new Random(seed + i);
            var gateway = await installation.Start(roles);
            var calls = new[] { Call.Single(key), Call.Single(key), Call.Single(key), Call.Batch(key, 7) };
            await using var load = new Load(gateway.Port, new LoadPlan(Connections, calls, seed + (100 * i))
            {
                Pause = TimeSpan.FromMilliseconds(1),
            });
            for (var kill = 0; kill < killsEach; kill++)
            {
                var before = load.Answered;
                await Until.True(() => load.Answered > before, "the gateway answers again", TimeSpan.FromSeconds(60));
                await Task.Delay(random.Next(20, 600));
                await gateway.Crash();
                load.NextLife();
                await gateway.Up(waitUntilReady: false);
            }
            await gateway.WaitUntilReady();
            var last = load.Answered;
            await Until.True(() => load.Answered > last, "the gateway answers at the end");
            Assert.True(await Metrics.Value(gateway, "sluice_journal_syncs_total") > 0, "No fsync was counted.");
            await load.Stop();
            Assert.Equal(0, await gateway.Shutdown());
            return load;
        })).ToList();
        var loads = await Task.WhenAll(lives);
        var answers = loads.SelectMany(load => load.Answers).ToList();
        output.WriteLine(
            $"{killsEach * Gateways} kills, {answers.Count} answers, "
            + $"{loads.Sum(load => load.Unanswered.Sum(call => call.Entries))} calls in flight at them.");
        // A gateway that comes up answers right from its first call.
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

    private int Seed()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"Seed {seed}");
        return seed;
    }
}
