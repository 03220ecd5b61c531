using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sluice.Platform.Notices.Inside;

/// <summary>What there is to do again and again.</summary>
/// <param name="Name">For the log.</param>
/// <param name="Parallel">Pieces done at a time.</param>
/// <param name="Pause">Between two looks when nothing was due.</param>
/// <param name="Take">Claims one piece; returns the doing of it, null when nothing is due.</param>
internal sealed record DueSource(
    string Name, int Parallel, TimeSpan Pause, Func<CancellationToken, Task<Func<CancellationToken, Task>?>> Take);

/// <summary>
/// Does what is due, several pieces at a time, and looks again after a pause. Several processes may do so at once: a piece
/// belongs to whoever claimed its row.
/// </summary>
internal sealed partial class DueWork(IEnumerable<DueSource> sources, TimeProvider time, ILogger<DueWork> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(sources.Select(source => Task.Run(() => Run(source, stoppingToken), CancellationToken.None)));

    private async Task Run(DueSource source, CancellationToken stop)
    {
        using var slots = new SemaphoreSlim(source.Parallel);
        try
        {
            while (true)
            {
                await slots.WaitAsync(stop);
                var piece = await Take(source, stop);
                if (piece is null)
                {
                    slots.Release();
                    await Task.Delay(source.Pause, time, stop);
                    continue;
                }
                _ = Task.Run(() => Do(source, piece, slots, stop), CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is under way ends before the process does.
            for (var i = 0; i < source.Parallel; i++) await slots.WaitAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        }
    }

    private async Task<Func<CancellationToken, Task>?> Take(DueSource source, CancellationToken stop)
    {
        try
        {
            return await source.Take(stop);
        }
        // The database is away, or a piece cannot be read: the loop goes on, and looks again after the pause.
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            Tell(source, fault);
            return null;
        }
    }

    private async Task Do(DueSource source, Func<CancellationToken, Task> piece, SemaphoreSlim slots, CancellationToken stop)
    {
        try
        {
            await piece(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Its claim ends by itself, and somebody else takes it.
        }
        // Whatever one piece did, the others go on; its claim ends by itself.
        catch (Exception fault)
        {
            Tell(source, fault);
        }
        finally
        {
            slots.Release();
        }
    }

    private void Tell(DueSource source, Exception fault)
    {
        if (fault is DbException or TimeoutException or IOException) LogUnreachable(source.Name, fault.Message);
        else LogFault(fault, source.Name);
    }

    [LoggerMessage(7101, LogLevel.Warning, "{Source} cannot be read; looking again soon: {Reason}")]
    private partial void LogUnreachable(string source, string reason);

    [LoggerMessage(7102, LogLevel.Error, "{Source} failed in an unexpected way; going on")]
    private partial void LogFault(Exception fault, string source);
}
