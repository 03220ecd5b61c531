using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Xunit;

namespace Sluice.Integration.Jobs;

/// <summary>
/// What every queue promises: each implementation inherits this kit and says how a store is made and how a process is
/// put over one. The kit uses the doors alone.
/// </summary>
public abstract class QueueConformance
{
    /// <summary>A new store without a job in it, by a name that <see cref="Over"/> understands.</summary>
    protected abstract Task<string> NewStore();

    /// <summary>A process over a store, not started: <paramref name="declare"/> adds jobs and queues.</summary>
    protected abstract QueueProcess Over(string store, Action<IServiceCollection> declare);

    [Fact]
    public async Task Job_runs_once_with_its_arguments_when_it_was_enqueued()
    {
        var hands = Declared.Nothing;
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        var id = await process.Jobs.Enqueue(new(new Work(7, "ünïcode \" \\")));
        await process.Reaches(id, JobState.Done);
        var row = await process.Row(id);
        Assert.Equal((7, 1, 1L), Assert.Single(hands.Begun.Select(run => (run.Number, run.Attempt, run.Fence))));
        Assert.Equal(("work", "tests.work", 1), (row.Queue, row.Name, row.Attempts));
        Assert.NotNull(row.FinishedAt);
        var details = (await process.Desk.Job(id, Actor.System)).Value;
        Assert.Equal("ünïcode \" \\", details.Arguments.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Job_exists_when_its_unit_of_work_commits_and_not_before()
    {
        var hands = Declared.Nothing;
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        JobId kept, lost;
        await using (var work = await process.Units.Begin())
        {
            lost = await process.Jobs.Enqueue(Declared.Job(1), work);
        }
        await using (var work = await process.Units.Begin())
        {
            kept = await process.Jobs.Enqueue(Declared.Job(2), work);
            Assert.Null(await process.Jobs.Find(kept));
            await work.Commit();
        }
        await process.Reaches(kept, JobState.Done);
        Assert.Null(await process.Jobs.Find(lost));
        Assert.Equal(2, Assert.Single(hands.Begun).Number);
    }

    [Fact]
    public async Task Delayed_job_begins_at_its_time_and_not_before()
    {
        var hands = Declared.Nothing;
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        var at = TimeProvider.System.GetUtcNow().AddMilliseconds(700);
        var late = await process.Jobs.Enqueue(Declared.Job(1, at: at));
        var early = await process.Enqueue(2);
        await process.Reaches(early, JobState.Done);
        Assert.Equal(JobState.Waiting, (await process.Row(late)).State);
        await process.Reaches(late, JobState.Done);
        var begun = hands.Begun.Single(run => run.Number == 1).At;
        Assert.InRange(begun - at, TimeSpan.FromMilliseconds(-1), TimeSpan.FromMilliseconds(400));
    }

    [Fact]
    public async Task Unique_key_names_one_job_while_that_waits_or_runs()
    {
        using var gate = new SemaphoreSlim(0);
        var hands = new Hands((_, _, ct) => gate.WaitAsync(ct));
        await using var process = Over(await NewStore(), Declared.With(hands));
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => process.Enqueue(1, "once")));
        var id = Assert.Single(ids.Distinct());
        Assert.NotEqual(id, await process.Enqueue(2, "another"));
        await process.Start();
        await process.Reaches(id, JobState.Running);
        Assert.Equal(id, await process.Enqueue(1, "once"));
        gate.Release(3);
        await process.Reaches(id, JobState.Done);
        var second = await process.Enqueue(1, "once");
        Assert.NotEqual(id, second);
        await process.Reaches(second, JobState.Done);
    }

    [Fact]
    public async Task Failed_job_is_tried_again_and_its_failures_are_kept()
    {
        var hands = new Hands((_, job, _) => job.Attempt < 3 ? throw new InvalidOperationException($"planted {job.Attempt}") : Task.CompletedTask);
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        var id = await process.Enqueue(1);
        await process.Reaches(id, JobState.Done);
        Assert.Equal([(1, 1L), (2, 2L), (3, 3L)], hands.Begun.Select(run => (run.Attempt, run.Fence)));
        var details = (await process.Desk.Job(id, Actor.System)).Value;
        Assert.Equal(
            [(1, "InvalidOperationException: planted 1"), (2, "InvalidOperationException: planted 2")],
            details.Failures.Select(failure => (failure.Attempt, failure.Error)));
    }

    [Fact]
    public async Task Job_is_dead_after_its_last_attempt_and_runs_anew_when_an_operator_retries_it()
    {
        var heal = false;
        var hands = new Hands((_, _, _) => heal ? Task.CompletedTask : throw new InvalidOperationException("planted"));
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        var id = await process.Enqueue(1, "key");
        await process.Reaches(id, JobState.Dead);
        Assert.Equal(3, hands.Count);
        Assert.Equal("InvalidOperationException: planted", (await process.Row(id)).LastError);
        heal = true;
        Assert.True((await process.Desk.Retry(id, Actor.System)).Ok);
        await process.Reaches(id, JobState.Done);
        Assert.Equal(4, hands.Begun.Last().Fence);
        Assert.Equal("jobs.state-wrong", (await process.Desk.Retry(id, Actor.System)).Refusal?.Code);
    }

    [Fact]
    public async Task Dead_job_is_not_retried_when_another_of_its_key_waits()
    {
        var hands = new Hands((_, _, _) => throw new JobHopelessException("never"));
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        var id = await process.Enqueue(1, "key");
        await process.Reaches(id, JobState.Dead);
        Assert.Equal(1, hands.Count);
        await process.Stop();
        await process.Enqueue(2, "key");
        Assert.Equal("jobs.key-taken", (await process.Desk.Retry(id, Actor.System)).Refusal?.Code);
        Assert.Equal(JobState.Dead, (await process.Row(id)).State);
    }

    [Fact]
    public async Task Step_is_not_repeated_when_a_later_run_comes_to_it()
    {
        var steps = 0;
        var hands = new Hands(async (_, job, _) =>
        {
            var first = await job.Step("first", _ => Task.FromResult($"made {Interlocked.Increment(ref steps)}"));
            Assert.Equal("made 1", first);
            if (job.Attempt < 3) throw new InvalidOperationException("planted");
            Assert.Equal(5, await job.Step("second", _ => Task.FromResult(5)));
        });
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        var id = await process.Enqueue(1);
        await process.Reaches(id, JobState.Done);
        Assert.Equal(1, steps);
        Assert.Equal(["first", "second"], (await process.Desk.Job(id, Actor.System)).Value.Steps.Select(step => step.Name));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Every_job_runs_exactly_once_when_three_processes_work(int batch)
    {
        const int jobs = 600;
        var store = await NewStore();
        var all = Enumerable.Range(0, 3).Select(_ => new Hands((_, _, _) => Task.Delay(1, CancellationToken.None))).ToList();
        List<QueueProcess> processes = [];
        try
        {
            foreach (var hands in all) processes.Add(Over(store, Declared.With(hands, Declared.Quick with { Batch = batch })));
            var ids = await processes[0].Jobs.EnqueueMany([.. Enumerable.Range(0, jobs).Select(n => Declared.Job(n))]);
            foreach (var process in processes) await process.Start();
            await Until.True(() => all.Sum(hands => hands.Count) >= jobs, "all jobs began");
            foreach (var id in ids) await processes[1].Reaches(id, JobState.Done);
            Assert.Equal(Enumerable.Range(0, jobs), all.SelectMany(hands => hands.Begun).Select(run => run.Number).Order());
        }
        finally
        {
            foreach (var process in processes) await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task Job_is_handed_to_another_process_when_its_own_shuts_down()
    {
        var store = await NewStore();
        var first = new Hands((_, _, ct) => Declared.Forever(ct));
        var second = Declared.Nothing;
        await using var ending = Over(store, services =>
        {
            Declared.With(first)(services);
            services.Configure<JobsOptions>(options => options.DrainMs = 50);
        });
        await ending.Start();
        var id = await ending.Enqueue(1);
        await Until.True(() => first.Count == 1, "the job runs");
        await using var other = Over(store, Declared.With(second));
        await other.Start();
        await ending.Stop();
        await other.Reaches(id, JobState.Done);
        // What was handed back was no failure and cost no attempt.
        Assert.Equal((1, 2L), Assert.Single(second.Begun.Select(run => (run.Attempt, run.Fence))));
        Assert.Empty((await other.Desk.Job(id, Actor.System)).Value.Failures);
    }

    [Fact]
    public async Task Shutdown_waits_for_a_job_that_ends_in_time()
    {
        using var gate = new SemaphoreSlim(0);
        var hands = new Hands((_, _, _) => gate.WaitAsync(CancellationToken.None));
        await using var process = Over(await NewStore(), Declared.With(hands));
        await process.Start();
        var id = await process.Enqueue(1);
        await Until.True(() => hands.Count == 1, "the job runs");
        var stopping = process.Stop();
        gate.Release();
        await stopping;
        Assert.Equal(JobState.Done, (await process.Row(id)).State);
    }

    [Fact]
    public async Task Job_that_a_process_does_not_know_is_left_to_those_that_do()
    {
        var store = await NewStore();
        var hands = Declared.Nothing;
        var older = new OtherHands();
        await using var old = Over(store, services => services.AddSingleton(older).AddJob<OtherWork, OtherHands>(Declared.Queue, "tests.other"));
        await using var young = Over(store, Declared.With(hands));
        var unknown = await young.Enqueue(1);
        await old.Start();
        var known = await old.Jobs.Enqueue(new(new OtherWork(2)));
        await old.Reaches(known, JobState.Done);
        Assert.Equal(JobState.Waiting, (await old.Row(unknown)).State);
        await young.Start();
        await young.Reaches(unknown, JobState.Done);
    }

    private sealed class OtherHands : IJobHandler<OtherWork>
    {
        public Task Handle(OtherWork arguments, IJobContext job, CancellationToken ct) => Task.CompletedTask;
    }
}
