using System.Diagnostics;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>Bad keys in numbers: they reach neither the database nor, one by one, the disk.</summary>
public sealed class FloodTests(PostgresCluster postgres, ITestOutputHelper output)
{
    private const int Requests = 50_000;

    // What goes on anyway (feed, pump) and the look-ups, two a second, take about 20 together.
    private const int TransactionsPerSecondMax = 60;

    [Fact]
    public async Task A_flood_of_bad_keys_neither_reaches_the_database_nor_fills_the_journal()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var good = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var gateway = await installation.Start("gateway");
        var unknown = Enumerable.Range(0, 500).Select(_ => Call.Single(KeyText.New(KeyTextKind.Secret)));
        var malformed = Enumerable.Range(0, 500).Select(i => Call.Single(i % 2 == 0 ? $"slc_sk_{i}" : new string('x', i)));

        var (before, clock) = (await Transactions(installation), Stopwatch.StartNew());
        await using var flood = new Load(gateway.Port, new LoadPlan(16, [.. unknown, .. malformed], 1) { Total = Requests });
        await flood.Done.WaitAsync(TimeSpan.FromMinutes(2));
        output.WriteLine($"{flood.Answered / clock.Elapsed.TotalSeconds:F0} a second for {clock.Elapsed.TotalSeconds:F1} s");

        Assert.Equal([401], flood.Answers.Select(answer => answer.Status).Distinct());
        await Until.True(() => Refusals(installation).Sum(record => record.Count) == Requests, "the sums are in the journal");
        Assert.True(Refusals(installation).Count < 20 + clock.Elapsed.TotalSeconds, "The flood was recorded one by one.");
        await using var after = new Load(gateway.Port, new LoadPlan(2, [Call.Single(good)], 1) { Total = 50 });
        await after.Done.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(50, after.Good);

        Assert.Equal(0, await gateway.Shutdown());
        var seconds = clock.Elapsed.TotalSeconds;
        await Until.True(() => IsLeft(installation), "the gateway's connections are closed, and so counted whole");
        var transactions = await Transactions(installation) - before;
        Assert.True(transactions < (seconds + 2) * TransactionsPerSecondMax, $"{transactions} transactions in {seconds:F1} s");
        Assert.True(transactions > seconds, $"{transactions} transactions in {seconds:F1} s: they are not all counted.");
    }

    private static List<JournalRecord> Refusals(Installation installation) =>
        [.. Books.Records(installation.Journals).Select(r => r.Record).Where(r => r.Outcome == Outcome.Refused)];

    // A backend reports late what it did, but at its end all of it. What was late before the flood only counts too much.
    private static async Task<bool> IsLeft(Installation installation)
    {
        installation.Source.Clear();
        await using var command = installation.Source.CreateCommand(
            """
            SELECT NOT EXISTS (
                SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())
            """);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<long> Transactions(Installation installation)
    {
        await using var command = installation.Source.CreateCommand(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
