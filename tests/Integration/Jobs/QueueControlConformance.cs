using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Xunit;

namespace Sluice.Integration.Jobs;

/// <summary>The second half of the kit: bounds, cancels, pauses, progress, schedules.</summary>
public abstract class QueueControlConformance
{
    protected abstract Task<string> NewStore();

    protected abstract QueueProcess Over(string store, Action<IServiceCollection> declare);

    [Fact]
    public async Task Queue_runs_no_more_than_its_concurrency_in_a_process()
    {
        var hands = new Hands((_, _, _) => Task.Delay(15, CancellationToken.None));
        await using var process = Over(await NewStore(), Declared.With(hands, Declared.Quick with { Concurrency = 3, Batch = 2 }));
        await process.Jobs.EnqueueMany([.. Enumerable.Range(0, 40).Select(n => Declared.Job(n))]);
        await process.Start();
        await Until.True(async () => (await Queue(process)) is { Waiting: 0, Running: 0 }, "all are done");
        Assert.Equal(3, hands.Most);
        Assert.Equal(40, hands.Count);
    }

    [Fact]
    public async Task Queue_runs_no_more_than_its_concurrency_everywhere()
    {
        var store = await NewStore();
        int now = 0, most = 0;
        async Task Count(CancellationToken ct)
        {
            var seen = Interlocked.Increment(ref now);
            for (int m; (m = most) < seen && Interlocked.CompareExchange(ref most, seen, m) != m;)
            {
                // Another run wrote a number meanwhile.
            }
            await Task.Delay(10, ct);
            Interlocked.Decrement(ref now);
        }
        var queue = Declared.Quick with { Concurrency = 8, ConcurrencyEverywhere = 2 };
        await using var one = Over(store, Declared.With(new Hands((_, _, ct) => Count(ct)), queue));
        await using var two = Over(store, Declared.With(new Hands((_, _, ct) => Count(ct)), queue));
        await one.Jobs.EnqueueMany([.. Enumerable.Range(0, 60).Select(n => Declared.Job(n))]);
        await Task.WhenAll(one.Start(), two.Start());
        await Until.True(async () => (await Queue(one)) is { Waiting: 0, Running: 0 }, "all are done");
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task Queue_begins_no_more_than_its_rate_over_all_processes()
    {
        var store = await NewStore();
        var queue = Declared.Quick with { RatePerSecond = 20, Burst = 5 };
        Hands[] hands = [Declared.Nothing, Declared.Nothing];
        await using var one = Over(store, Declared.With(hands[0], queue));
        await using var two = Over(store, Declared.With(hands[1], queue));
        await one.Jobs.EnqueueMany([.. Enumerable.Range(0, 35).Select(n => Declared.Job(n))]);
        await Task.WhenAll(one.Start(), two.Start());
        await Until.True(() => hands.Sum(h => h.Count) == 35, "all began");
        var begun = hands.SelectMany(h => h.Begun).Select(run => run.At).Order().ToList();
        // Five at once, the other thirty at twenty a second.
        Assert.InRange((begun[^1] - begun[0]).TotalSeconds, 1.4, 15);
        for (var i = 0; i + 15 < begun.Count; i++) Assert.True((begun[i + 15] - begun[i]).TotalSeconds > 0.4, $"15 within {i}");
    }

    [Fact]
    public async Task Waiting_job_ends_at_once_when_it_is_cancelled()
    {
        var hands = Declared.Nothing;
        await using var process = Over(await NewStore(), Declared.With(hands));
        var id = await process.Enqueue(1, "key");
        Assert.True((await process.Desk.Cancel(id, Actor.System)).Ok);
        Assert.Equal(JobState.Cancelled, (await process.Row(id)).State);
        Assert.Equal("jobs.state-wrong", (await process.Desk.Cancel(id, Actor.System)).Refusal?.Code);
        Assert.Equal("jobs.job-unknown", (await process.Desk.Cancel(WireId.New<JobId>(), Actor.System)).Refusal?.Code);
        await process.Start();
        await process.Reaches(await process.Enqueue(2, "key"), JobState.Done);
        Assert.Equal(2, Assert.Single(hands.Begun).Number);
        Assert.True((await process.Desk.Retry(id, Actor.System)).Ok);
        await process.Reaches(id, JobState.Done);
    }

    [Fact]
    public async Task Running_job_is_told_to_stop_when_it_is_cancelled_and_is_not_tried_again()
    {
        var store = await NewStore();
        var hands = new Hands((_, _, ct) => Declared.Forever(ct));
        await using var process = Over(store, Declared.With(hands));
        await using var other = Over(store, Declared.With(Declared.Nothing));
        await process.Start();
        var id = await process.Enqueue(1);
        await process.Reaches(id, JobState.Running);
        Assert.True(await other.Jobs.Cancel(id));
        await process.Reaches(id, JobState.Cancelled);
        Assert.Equal(1, hands.Count);
        Assert.False(await other.Jobs.Cancel(id));
    }

    [Fact]
    public async Task Run_that_takes_longer_than_the_queue_allows_has_failed()
    {
        var hands = new Hands((_, job, ct) => job.Attempt == 1 ? Declared.Forever(ct) : Task.CompletedTask);
        await using var process = Over(
            await NewStore(), Declared.With(hands, Declared.Quick with { Timeout = TimeSpan.FromMilliseconds(50) }));
        await process.Start();
        var id = await process.Enqueue(1);
        await process.Reaches(id, JobState.Done);
        Assert.Equal("Took longer than 0.05 s.", Assert.Single((await process.Desk.Job(id, Actor.System)).Value.Failures).Error);
    }

    [Fact]
    public async Task Progress_is_seen_while_the_job_runs()
    {
        using var gate = new SemaphoreSlim(0);
        var hands = new Hands(async (_, job, ct) =>
        {
            job.Report(10, "begun");
            job.Report(250, new string('w', 300));
            await gate.WaitAsync(ct);
        });
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        var id = await process.Enqueue(1);
        await Until.True(async () => (await process.Row(id)).Percent is not null, "progress is written");
        var row = await process.Row(id);
        Assert.Equal((100, 200), (row.Percent, row.Words!.Length));
        gate.Release();
        await process.Reaches(id, JobState.Done);
    }

    [Fact]
    public async Task Paused_queue_begins_nothing_until_it_is_resumed()
    {
        var hands = Declared.Nothing;
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        await process.Reaches(await process.Enqueue(1), JobState.Done);
        Assert.True((await process.Desk.SetPaused(Declared.Queue, true, Actor.System)).Ok);
        var id = await process.Enqueue(2);
        await Until.True(async () => await Queue(process) is { Waiting: 1, PausedAt: not null, OldestSeconds: > 0.8 }, "it waits");
        Assert.Equal(JobState.Waiting, (await process.Row(id)).State);
        Assert.True((await process.Desk.SetPaused(Declared.Queue, false, Actor.System)).Ok);
        await process.Reaches(id, JobState.Done);
        Assert.Equal("jobs.queue-unknown", (await process.Desk.SetPaused("no", true, Actor.System)).Refusal?.Code);
    }

    [Fact]
    public async Task Schedule_runs_once_a_due_time_when_three_processes_tick()
    {
        var store = await NewStore();
        var hands = Enumerable.Range(0, 3).Select(_ => Declared.Nothing).ToList();
        List<QueueProcess> processes = [];
        try
        {
            foreach (var one in hands)
            {
                processes.Add(Over(store, services =>
                {
                    Declared.With(one)(services);
                    services.AddSchedule("tests.tick", Recurrence.Every(TimeSpan.FromSeconds(1)), new Work(1));
                }));
            }
            await Task.WhenAll(processes.Select(process => process.Start()));
            await Until.True(() => hands.Sum(h => h.Count) >= 4, "it was due four times");
            var begun = hands.SelectMany(h => h.Begun).Select(run => run.At).Order().ToList();
            // One in each second, soon after its beginning.
            Assert.Equal(begun.Count, begun.Select(at => at.ToUnixTimeSeconds()).Distinct().Count());
            Assert.All(begun.Skip(1), at => Assert.InRange(at.Millisecond, 0, 900));
            Assert.True((await processes[0].Desk.SetSchedulePaused("tests.tick", true, Actor.System)).Ok);
            var row = (await processes[0].Desk.Schedules(Actor.System)).Value.Single(schedule => schedule.Name == "tests.tick");
            Assert.Equal(("every 00:00:01", "tests.work", true), (row.Recurrence, row.Job, row.PausedAt is not null));
        }
        finally
        {
            foreach (var process in processes) await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task Schedule_does_not_run_beside_itself_and_runs_when_an_operator_says_so()
    {
        using var gate = new SemaphoreSlim(0);
        var hands = new Hands((_, _, ct) => gate.WaitAsync(ct));
        await using var process = Over(await NewStore(), services =>
        {
            Declared.With(hands)(services);
            services.AddSchedule("tests.yearly", Recurrence.Cron("0 0 1 1 *"), new Work(1));
        });
        await process.Start();
        await Until.True(async () => (await process.Desk.RunSchedule("tests.yearly", Actor.System)).Ok, "it is declared");
        await Until.True(() => hands.Count == 1, "it runs");
        Assert.True((await process.Desk.RunSchedule("tests.yearly", Actor.System)).Ok);
        await Until.True(
            async () => (await process.Desk.Schedules(Actor.System)).Value.Single(s => s.Name == "tests.yearly")
                is { LastJob: null, LastAt: not null }, "it was due again");
        Assert.Equal(1, hands.Count);
        gate.Release(10);
    }

    [Fact]
    public async Task Nobody_without_the_permission_sees_or_changes_jobs()
    {
        await using var process = Over(await NewStore(), Declared.With(Declared.Nothing));
        var id = await process.Enqueue(1);
        var stranger = new Actor(ActorKind.Organization, "token", WireId.New<OrganizationId>());
        var viewer = new Actor(ActorKind.User, "viewer", null) { Platform = PlatformRole.Viewer };
        string?[] refused =
        [
            (await process.Desk.Jobs(new(), null, 10, stranger)).Refusal?.Code, (await process.Desk.Job(id, stranger)).Refusal?.Code,
            (await process.Desk.Queues(stranger)).Refusal?.Code, (await process.Desk.Schedules(stranger)).Refusal?.Code,
            (await process.Desk.Facts(true, null, 10, stranger)).Refusal?.Code,
            (await process.Desk.Retry(id, viewer)).Refusal?.Code, (await process.Desk.Cancel(id, viewer)).Refusal?.Code,
            (await process.Desk.SetPaused(Declared.Queue, true, viewer)).Refusal?.Code,
            (await process.Desk.SetSchedulePaused("x", true, viewer)).Refusal?.Code,
            (await process.Desk.RunSchedule("x", viewer)).Refusal?.Code, (await process.Desk.RetryFact(1, viewer)).Refusal?.Code,
        ];
        Assert.All(refused, code => Assert.Equal("access.denied", code));
        Assert.Single((await process.Desk.Jobs(new(), null, 10, viewer)).Value);
        Assert.Equal(JobState.Waiting, (await process.Row(id)).State);
    }

    private static async Task<QueueRow?> Queue(QueueProcess process) =>
        (await process.Desk.Queues(Actor.System)).Value.SingleOrDefault(queue => queue.Name == Declared.Queue);
}
