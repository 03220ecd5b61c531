using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>
/// Everything that a process of the role worker does for jobs: a lane for each queue, the heart that keeps the claims, the
/// reaper of those whose worker died, the ticker of schedules, the clearing of what they leave.
/// </summary>
internal sealed partial class JobWorker(
    LaneParts parts, Ticker ticker, DeskReads reads, Clearing clearing, NpgsqlDataSource source, IOptions<JobsOptions> options)
    : BackgroundService
{
    private const int ReapedAtOnceMax = 200;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        if (!await Declare(stoppingToken)) return;
        var claim = TimeSpan.FromMilliseconds(options.Value.ClaimMs);
        var poll = TimeSpan.FromMilliseconds(options.Value.PollMs);
        List<Lane> lanes = [.. parts.Registry.Queues.Select(queue => new Lane(queue, parts, poll, claim))];
        var heart = new Heart(lanes, parts, claim);
        parts.Bell.Cancelled = heart.Cancel;
        using var end = new CancellationTokenSource();
        // Claims are kept until the last job has ended, also while the process shuts down.
        var beating = heart.Run(end.Token);
        await Task.WhenAll(
        [
            .. lanes.Select(lane => lane.Run(stoppingToken)), ticker.Run(stoppingToken), Sweep(claim, stoppingToken),
            clearing.Run(stoppingToken),
        ]);
        await Drain(lanes);
        await end.CancelAsync();
        await beating;
        // What still runs will want its lane once more.
        foreach (var lane in lanes.Where(lane => lane.IsIdle)) lane.Dispose();
    }

    // What is not declared cannot be claimed from, so this is tried until it is done.
    private async Task<bool> Declare(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var statement = source.Statement(
                    "INSERT INTO jobs.queues (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING",
                    (object)parts.Registry.Queues.Select(queue => queue.Name).Order(StringComparer.Ordinal).ToArray());
                await statement.ExecuteNonQueryAsync(stopping);
                await ticker.Declare(stopping);
                return true;
            }
            catch (Exception fault) when (Outage.Is(fault))
            {
                LogNotStarted(parts.Log, fault);
                await Task.Delay(AfterFailure, parts.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return false;
            }
        }
        return false;
    }

    private async Task Sweep(TimeSpan claim, CancellationToken stopping)
    {
        var sampledAt = 0L;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                foreach (var (queue, name, _) in await parts.Store.Reap(ReapedAtOnceMax, stopping))
                {
                    parts.Metrics.Reaped(queue);
                    LogReaped(parts.Log, name, queue);
                }
                if (sampledAt == 0 || Stopwatch.GetElapsedTime(sampledAt) > SampleInterval)
                {
                    parts.Metrics.Sampled(await reads.Queues(stopping), await reads.Outbox(stopping));
                    sampledAt = Stopwatch.GetTimestamp();
                }
            }
            catch (Exception fault) when (Outage.Is(fault))
            {
                LogNotSwept(parts.Log, fault);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(claim / 10, parts.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Runs end by themselves for a while, then they are told to; those that listen are handed back. What does not listen
    // goes down with the process, and is run again when its claim is over.
    private async Task Drain(List<Lane> lanes)
    {
        await Idle(lanes, TimeSpan.FromMilliseconds(options.Value.DrainMs));
        foreach (var lane in lanes)
            foreach (var job in lane.Running) job.Tell(StopReason.Shutdown);
        await Idle(lanes, StopPatience);
        var left = lanes.Sum(lane => lane.Running.Count());
        if (left > 0) LogLeft(parts.Log, left);
    }

    private async Task Idle(List<Lane> lanes, TimeSpan limit)
    {
        var since = Stopwatch.GetTimestamp();
        while (!lanes.TrueForAll(lane => lane.IsIdle) && Stopwatch.GetElapsedTime(since) < limit)
            await Task.Delay(TimeSpan.FromMilliseconds(20), parts.Time);
    }

    [LoggerMessage(2018, LogLevel.Warning, "Queues and schedules cannot be declared now; trying again")]
    private static partial void LogNotStarted(ILogger log, Exception fault);

    [LoggerMessage(2019, LogLevel.Warning, "Job {Job} of {Queue} was taken from a worker that is not heard of any more")]
    private static partial void LogReaped(ILogger log, string job, string queue);

    [LoggerMessage(2020, LogLevel.Warning, "Jobs of dead workers cannot be looked for now")]
    private static partial void LogNotSwept(ILogger log, Exception fault);

    [LoggerMessage(2021, LogLevel.Warning, "{Count} jobs did not stop when told to; they begin again when their claims are over")]
    private static partial void LogLeft(ILogger log, int count);
}
