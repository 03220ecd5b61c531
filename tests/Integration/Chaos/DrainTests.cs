using System.Diagnostics;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>SIGTERM under load.</summary>
public sealed class DrainTests(PostgresCluster postgres)
{
    private const int DrainSeconds = 15;
    private static readonly TimeSpan CallTakes = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task No_call_fails_when_clients_heed_readiness()
    {
        var sending = true;
        await using var origin = SlowOrigin();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var gateway = await Start(installation, delaySeconds: 2);
        await using var load = new Load(gateway.Port, new LoadPlan(20, [Call.Single(key), Call.Batch(key, 3)], 1)
        {
            MaySend = () => Volatile.Read(ref sending),
        });
        await Until.True(() => load.Good > 40, "calls are answered");

        gateway.Child.Terminate();
        await Until.True(() => NotReady(gateway), "readiness turns 503 first", TimeSpan.FromSeconds(10));
        var while503 = load.Good;
        await Until.True(() => load.Good > while503, "calls in flight are answered after that");
        Volatile.Write(ref sending, false);
        Assert.Equal(0, await gateway.Child.WaitForExit(TimeSpan.FromSeconds(DrainSeconds + 10)));
        await load.Stop();

        Assert.Empty(load.Unanswered);
        Assert.DoesNotContain(load.Answers, answer => answer is not { Status: 200, HasError: false });
        await AllIsCounted(installation, load);
    }

    [Fact]
    public async Task Every_call_that_was_taken_is_answered_when_clients_go_on_calling()
    {
        await using var origin = SlowOrigin();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        var gateway = await Start(installation, delaySeconds: 0);
        await using var load = new Load(gateway.Port, new LoadPlan(20, [Call.Single(key), Call.Batch(key, 3)], 2));
        await Until.True(() => load.Good > 40, "calls are answered");

        var clock = Stopwatch.StartNew();
        Assert.Equal(0, await gateway.Shutdown(TimeSpan.FromSeconds(DrainSeconds + 10)));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(DrainSeconds), $"The end took {clock.Elapsed}.");
        await load.Stop();

        // A request on its way to a connection that is just being closed was not taken, so it is not recorded either.
        Assert.DoesNotContain(load.Answers, answer => answer is not { Status: 200, HasError: false });
        await AllIsCounted(installation, load);
    }

    private static async Task AllIsCounted(Installation installation, Load load)
    {
        var records = Books.Records(installation.Journals).Where(r => r.Record.Outcome != Outcome.Refused).ToList();
        Assert.Equal(load.Answers.Sum(answer => answer.Entries), records.Count);
        Reckoning.AnswersAreRecords(records, load);
        await Reckoning.RollupsAreRecords(installation);
    }

    private static Task<SluiceProcess> Start(Installation installation, int delaySeconds) => installation.Start(
        "gateway", ("SLUICE_DRAIN_SECONDS", $"{DrainSeconds}"), ("SLUICE_DRAIN_DELAY_SECONDS", $"{delaySeconds}"));

    private static MisbehavingOrigin SlowOrigin()
    {
        var origin = MisbehavingOrigin.Start();
        (origin.Default, origin.ProbesMisbehave) = (Behaviours.After(CallTakes, Behaviours.JsonRpc()), true);
        return origin;
    }

    private static async Task<bool> NotReady(SluiceProcess gateway)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var answer = await http.GetAsync(new Uri(gateway.BaseUrl, "/health/ready"));
        return (int)answer.StatusCode == 503;
    }
}
