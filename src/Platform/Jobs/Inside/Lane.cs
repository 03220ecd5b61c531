using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>What all lanes of a process share.</summary>
internal sealed record LaneParts(
    JobStore Store, Runner Runner, JobRegistry Registry, Bell Bell, JobsMetrics Metrics, TimeProvider Time, ILogger Log);

/// <summary>
/// Works off one queue in this process: pullers claim as many jobs as there are free places, each job runs in a place of
/// its own, and those that end together are completed together. One puller waits for news; a claim that brought all it
/// asked for wakes another, so that an idle queue costs one question and a full one is asked by many.
/// </summary>
internal sealed partial class Lane(JobQueue queue, LaneParts parts, TimeSpan poll, TimeSpan claim) : IDisposable
{
    private const int PullersMax = 16;
    private const int CompletedAtOnceMax = 500;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(500);

    private readonly string[] _names = parts.Registry.NamesIn(queue.Name);
    private readonly Signal _news = parts.Bell.Of(queue.Name);
    private readonly SemaphoreSlim _places = new(queue.Concurrency, queue.Concurrency);
    private readonly SemaphoreSlim _more = new(0, PullersMax);
    private readonly ConcurrentDictionary<Guid, RunningJob> _running = new();
    private readonly Lock _gate = new();
    private List<(RunningJob Job, long StartedAt)> _ended = [];
    private bool _completing;
    private CancellationToken _stopping;

    /// <summary>Jobs whose claims are held here now.</summary>
    public IEnumerable<RunningJob> Running => _running.Values;

    public bool IsIdle => _running.IsEmpty;

    public RunningJob? Find(Guid id) => _running.GetValueOrDefault(id);

    /// <summary>Claims and runs until told to stop; what runs then goes on.</summary>
    public Task Run(CancellationToken stopping)
    {
        _stopping = stopping;
        var pullers = Math.Clamp((queue.Concurrency + queue.Batch - 1) / queue.Batch, 1, PullersMax);
        return Task.WhenAll(
            Enumerable.Range(0, pullers).Select(n => Task.Run(() => Pull(n == 0, stopping), CancellationToken.None)));
    }

    public void Dispose()
    {
        _places.Dispose();
        _more.Dispose();
    }

    private async Task Pull(bool first, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var places = 0;
            try
            {
                if (!first) await _more.WaitAsync(stopping);
                places = await TakePlaces(stopping);
                var asked = places;
                var claimedAt = Stopwatch.GetTimestamp();
                var jobs = await parts.Store.Claim(queue, _names, asked);
                foreach (var job in jobs)
                {
                    places--;
                    Start(job, claimedAt);
                }
                if (jobs.Count == asked) WakeAnother(first);
                else if (first) await WaitForNews(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            // The database is away: jobs wait in it, and so does this loop.
            catch (Exception fault) when (Outage.Is(fault))
            {
                LogUnreachable(fault, queue.Name);
                await Task.Delay(AfterFailure, parts.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                if (places > 0) _places.Release(places);
            }
        }
    }

    private async Task<int> TakePlaces(CancellationToken stopping)
    {
        await _places.WaitAsync(stopping);
        var taken = 1;
        while (taken < queue.Batch && await _places.WaitAsync(TimeSpan.Zero, CancellationToken.None)) taken++;
        return taken;
    }

    // A claim that was filled means that there may be more: this puller goes on, and one more joins.
    private void WakeAnother(bool first)
    {
        lock (_gate)
        {
            var room = PullersMax - _more.CurrentCount;
            if (room > 0) _more.Release(Math.Min(room, first ? 1 : 2));
        }
    }

    private async Task WaitForNews(CancellationToken stopping)
    {
        var due = await parts.Store.Wait(queue, _names, stopping);
        if (due <= TimeSpan.Zero) return;
        await _news.Wait(due < poll ? due.Value : poll, parts.Time, stopping);
    }

    private void Start(ClaimedJob job, long claimedAt)
    {
        var running = new RunningJob(job, parts.Registry.Named(job.Name), claimedAt);
        // A job that came back here while its handler has not noticed yet that its claim was lost.
        var earlier = _running.GetValueOrDefault(job.Id.Value);
        earlier?.Tell(StopReason.ClaimLost);
        _running[job.Id.Value] = running;
        parts.Metrics.Started(queue.Name, parts.Time.GetUtcNow() - job.DueAt);
        _ = Task.Run(() => RunOne(running, earlier));
    }

    private async Task RunOne(RunningJob running, RunningJob? earlier)
    {
        if (earlier is not null) await earlier.Ended;
        var startedAt = Stopwatch.GetTimestamp();
        var fault = await parts.Runner.Call(running, queue);
        if (fault is null && queue.Batch > 1)
        {
            CompleteTogether(running, startedAt);
            return;
        }
        if (fault is null && TakesTurns) await Turn(running, startedAt);
        else if (fault is null) await Complete([(running, startedAt)]);
        else
        {
            var outcome = await Persist(running.Claimed.Attempt,
                async () => (RunOutcome?)await parts.Runner.Settle(running, queue, fault));
            End(running, startedAt, outcome ?? RunOutcome.ClaimLost);
            _places.Release();
            // Its next due time may come before what the puller waits for.
            _news.Set();
        }
    }

    // Where others must be told of each place that becomes free, or the process ends, a job is completed alone.
    private bool TakesTurns =>
        queue is { ConcurrencyEverywhere: null, RatePerSecond: null } && !_stopping.IsCancellationRequested;

    // The place goes on with the next job: one transaction each.
    private async Task Turn(RunningJob running, long startedAt)
    {
        var claimedAt = Stopwatch.GetTimestamp();
        var turn = await Persist(
            1, async () => ((bool Done, ClaimedJob? Next)?)await parts.Store.Turn(queue, _names, running.Claimed));
        End(running, startedAt, turn is { Done: true } ? RunOutcome.Done : parts.Runner.Refused(running));
        if (turn?.Next is { } next) Start(next, claimedAt);
        else _places.Release();
    }

    private void CompleteTogether(RunningJob running, long startedAt)
    {
        lock (_gate)
        {
            _ended.Add((running, startedAt));
            if (_completing) return;
            _completing = true;
        }
        _ = Task.Run(CompleteAll);
    }

    private async Task CompleteAll()
    {
        while (true)
        {
            List<(RunningJob, long)> together;
            lock (_gate)
            {
                together = _ended;
                if (together.Count == 0)
                {
                    _completing = false;
                    return;
                }
                _ended = [];
            }
            foreach (var some in together.Chunk(CompletedAtOnceMax)) await Complete(some);
        }
    }

    private async Task Complete((RunningJob Job, long StartedAt)[] together)
    {
        var done = await Persist(1, () => parts.Store.Complete(
            queue, [.. together.Select(one => one.Job.Claimed.Id.Value)], [.. together.Select(one => one.Job.Claimed.Fence)]));
        var accepted = done?.Count == together.Length ? null : done?.ToHashSet() ?? [];
        foreach (var (job, startedAt) in together)
        {
            var held = accepted is null || accepted.Contains(job.Claimed.Id.Value);
            End(job, startedAt, held ? RunOutcome.Done : parts.Runner.Refused(job));
        }
        _places.Release(together.Length);
    }

    private void End(RunningJob running, long startedAt, RunOutcome outcome)
    {
        _running.TryRemove(new(running.Claimed.Id.Value, running));
        parts.Metrics.Ended(queue.Name, running.Claimed.Name, outcome, Stopwatch.GetElapsedTime(startedAt));
        running.Dispose();
    }

    // What ended must be written down; with the database away this is tried for as long as the claim may hold, and then
    // another run will do it again.
    private async Task<T?> Persist<T>(int attempt, Func<Task<T>> write)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await write();
            }
            catch (Exception fault) when (Outage.Is(fault))
            {
                LogNotWritten(fault, queue.Name, attempt);
                if (Stopwatch.GetElapsedTime(since) > claim) return default;
                await Task.Delay(AfterFailure, parts.Time);
            }
        }
    }

    private void LogUnreachable(Exception fault, string name) => LogUnreachable(parts.Log, fault, name);

    private void LogNotWritten(Exception fault, string name, int attempt) => LogNotWritten(parts.Log, fault, name, attempt);

    [LoggerMessage(2014, LogLevel.Warning, "The queue {Queue} cannot be read; looking again soon")]
    private static partial void LogUnreachable(ILogger log, Exception fault, string queue);

    [LoggerMessage(2015, LogLevel.Warning, "The end of a job of {Queue} (attempt {Attempt}) cannot be written now; trying again")]
    private static partial void LogNotWritten(ILogger log, Exception fault, string queue, int attempt);
}
