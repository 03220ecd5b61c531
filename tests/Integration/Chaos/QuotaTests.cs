using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Sluice.Platform.Catalog;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>A hard quota over two gateway processes, one of which is killed in the middle, is exact.</summary>
public sealed class QuotaTests(PostgresCluster postgres, ITestOutputHelper output)
{
    private const int Quota = 10_000;
    private const int Calls = 100_000;
    private const int Connections = 150;

    [Fact]
    public async Task A_quota_admits_exactly_its_units_when_two_gateways_spend_it_and_one_is_killed()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var app = await installation.CreateApp(new LimitSet { DailyUnits = Quota, Cap = QuotaCap.Hard });
        var key = (await installation.CreateKey(app)).Secret;
        var first = await installation.Start("gateway");
        var second = await installation.Start("gateway");
        var calls = new[] { Call.Single(key) };
        var day = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

        await using var loads = new Pair(
            new Load(first.Port, new LoadPlan(Connections, calls, 1) { Total = Calls / 2 }),
            new Load(second.Port, new LoadPlan(Connections, calls, 2) { Total = Calls / 2 }));
        await Until.True(() => loads.Good > Quota / 3, "a third of the quota is used", TimeSpan.FromSeconds(60));
        Assert.InRange(loads.Good, Quota / 3, Quota - 1);
        await first.Crash();
        loads.One.NextLife();
        await first.Up();
        await Task.WhenAll(loads.One.Done, loads.Other.Done).WaitAsync(TimeSpan.FromMinutes(3));

        // Units that died with a process come back when its journal is closed: the load goes on until all are used.
        await using var rest = new Pair(
            new Load(first.Port, new LoadPlan(4, calls, 3) { Pause = TimeSpan.FromMilliseconds(5) }),
            new Load(second.Port, new LoadPlan(4, calls, 4) { Pause = TimeSpan.FromMilliseconds(5) }));
        await Until.True(() => Spent(installation) >= Quota, "the whole quota is used", TimeSpan.FromSeconds(30));
        await Until.True(() => rest.Refused > 50, "no call is admitted any more");
        await rest.One.Stop();
        await rest.Other.Stop();

        Assert.Equal(day, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        output.WriteLine($"{loads.Answered + rest.Answered} answers, {loads.Good + rest.Good} good, {loads.Lost} lost");
        Assert.True(loads.Answered + loads.Lost >= Calls, "Not all calls were made.");
        Assert.Equal(Quota, Spent(installation));
        Assert.InRange(loads.Good + rest.Good, Quota - loads.Lost, Quota);
        Assert.Empty(loads.Statuses.Concat(rest.Statuses).Except([200, 429]));
        await first.Shutdown();
        await second.Shutdown();
        await Reckoning.RollupsAreRecords(installation);
        Assert.Equal(Quota, Books.Total((await Books.Rollups(installation.Source)).Values).Units);
    }

    [Fact]
    public async Task A_quota_that_turns_hard_knows_what_was_spent_while_it_was_soft()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var app = await installation.CreateApp(new LimitSet { DailyUnits = 100, Cap = QuotaCap.Soft });
        var calls = new[] { Call.Single((await installation.CreateKey(app)).Secret) };
        var gateway = await installation.Start("gateway");
        await using (var soft = new Load(gateway.Port, new LoadPlan(4, calls, 1) { Total = 60 })) await soft.Done;
        await Until.True(() => Charged(installation, app), "what was spent is charged");

        Assert.True((await installation.Keys.SetAppLimits(
            app.Id, new LimitSet { DailyUnits = 100, Cap = QuotaCap.Hard }, Kernel.Actor.System)).Ok);
        await using var hard = new Load(gateway.Port, new LoadPlan(1, calls, 2) { Pause = TimeSpan.FromMilliseconds(50) });
        await Until.True(() => hard.Answers.Count(answer => answer.Status == 429) > 10, "calls are refused", TimeSpan.FromSeconds(60));
        await hard.Stop();

        // A call or two may be on their way to the database at the change.
        Assert.InRange(Spent(installation), 100, 112);
    }

    private static async Task<bool> Charged(Installation installation, Platform.Keys.App app)
    {
        await using var command = installation.Source.CreateCommand(
            "SELECT coalesce(max(leased), 0) FROM metering.quotas WHERE subject = $1 AND scope = $2");
        command.Parameters.Add(new() { Value = app.Id.Value });
        command.Parameters.Add(new() { Value = (short)QuotaScopes.AppDay });
        return await command.ExecuteScalarAsync() is 60L;
    }

    private static long Spent(Installation installation) => Books.Records(installation.Journals)
        .Where(record => record.Record.Flags.HasFlag(RecordFlags.Billed)).Sum(record => record.Record.Quantity);

    /// <summary>The load of both gateways.</summary>
    private sealed class Pair(Load one, Load other) : IAsyncDisposable
    {
        public Load One => one;
        public Load Other => other;
        public long Good => one.Good + other.Good;
        public long Answered => one.Answered + other.Answered;
        public long Lost => one.Unanswered.Count + other.Unanswered.Count;
        public long Refused => one.Answers.Concat(other.Answers).Count(answer => answer.Status == 429);
        public IEnumerable<int> Statuses => one.Answers.Concat(other.Answers).Select(answer => answer.Status).Distinct();

        public async ValueTask DisposeAsync()
        {
            await one.DisposeAsync();
            await other.DisposeAsync();
        }
    }
}
