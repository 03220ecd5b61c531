using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>
/// Empties the outbox as long as facts are due, then waits for news or the next look. One delivers at first; each that
/// finds a fact calls another, up to a number, and they rest when there is nothing left.
/// </summary>
internal sealed partial class Dispatcher(
    Delivery delivery, Bell bell, JobsMetrics metrics, IOptions<JobsOptions> options, TimeProvider time, ILogger<Dispatcher> log)
    : BackgroundService
{
    private readonly SemaphoreSlim _calls = new(0);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Enumerable.Range(0, options.Value.DeliveriesAtOnce)
            .Select(n => n == 0 ? Lead(stoppingToken) : Help(stoppingToken)));

    private async Task Lead(CancellationToken stopping)
    {
        await Task.Yield();
        var pause = TimeSpan.FromMilliseconds(options.Value.PollMs);
        while (!stopping.IsCancellationRequested)
        {
            await Empty(stopping);
            await bell.Facts.Wait(pause, time, stopping);
        }
    }

    private async Task Help(CancellationToken stopping)
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            await _calls.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stopping.IsCancellationRequested) await Empty(stopping);
        }
    }

    private async Task Empty(CancellationToken stopping)
    {
        try
        {
            while (await delivery.Next(stopping) is { } delivered)
            {
                metrics.Delivered(delivered.Subscriber, delivered.Outcome);
                if (_calls.CurrentCount == 0) _calls.Release();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The fact stays for another process, or the next start.
        }
        // The database is away: facts wait in it, and so does whoever delivers.
        catch (Exception fault) when (fault is DbException or InvalidOperationException or TimeoutException or IOException)
        {
            LogUnreachable(fault);
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "The outbox cannot be read; looking again soon")]
    private partial void LogUnreachable(Exception fault);
}
