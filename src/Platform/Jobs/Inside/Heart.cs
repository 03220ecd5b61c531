using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>
/// Keeps the claims of this process alive, writes what handlers told, and tells a handler to stop when its job is to be
/// cancelled or its claim cannot be held: before the database would give it to another, by the clock of this process.
/// </summary>
internal sealed partial class Heart(IReadOnlyList<Lane> lanes, LaneParts parts, TimeSpan claim)
{
    private const int RenewedAtOnceMax = 500;
    private static readonly TimeSpan BeatMax = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _beat = claim / 10 < BeatMax ? claim / 10 : BeatMax;

    /// <summary>A claim that was not renewed for this long is given up here; the rest of its time is for stopping.</summary>
    private readonly TimeSpan _giveUpAfter = claim * 0.8;

    public async Task Run(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Beat(stopping);
            }
            catch (Exception fault) when (Outage.Is(fault))
            {
                LogNotRenewed(parts.Log, fault);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            GiveUpLate();
            await Task.Delay(_beat, parts.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Cancels a job if it runs here.</summary>
    public void Cancel(Guid id)
    {
        foreach (var lane in lanes) lane.Find(id)?.Tell(StopReason.Cancelled);
    }

    private async Task Beat(CancellationToken stopping)
    {
        var running = lanes.SelectMany(lane => lane.Running).ToList();
        var due = running.Where(job => Stopwatch.GetElapsedTime(job.RenewedAt) >= claim / 3 - _beat);
        foreach (var some in due.Chunk(RenewedAtOnceMax)) await Renew(some, stopping);
        List<(ClaimedJob, int, string?)> told = [];
        foreach (var job in running)
            if (job.TakeTold() is { } said) told.Add((job.Claimed, said.Percent, said.Words));
        if (told.Count > 0) await parts.Store.Progress(told, stopping);
    }

    private async Task Renew(RunningJob[] jobs, CancellationToken stopping)
    {
        // Taken before the question: the database counts from later, so this process gives up first.
        var askedAt = Stopwatch.GetTimestamp();
        var held = await parts.Store.Renew([.. jobs.Select(job => job.Claimed)], stopping);
        foreach (var job in jobs)
        {
            if (!held.TryGetValue(job.Claimed.Id.Value, out var cancel)) job.Tell(StopReason.ClaimLost);
            else
            {
                job.RenewedAt = askedAt;
                if (cancel) job.Tell(StopReason.Cancelled);
            }
        }
    }

    private void GiveUpLate()
    {
        foreach (var lane in lanes)
            foreach (var job in lane.Running)
                if (Stopwatch.GetElapsedTime(job.RenewedAt) > _giveUpAfter) job.Tell(StopReason.ClaimLost);
    }

    [LoggerMessage(2016, LogLevel.Warning, "Claims on jobs cannot be renewed now; jobs are stopped before the claims end")]
    private static partial void LogNotRenewed(ILogger log, Exception fault);
}
