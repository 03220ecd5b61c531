using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>Empties the outbox as long as facts are due, then waits and looks again.</summary>
internal sealed partial class Dispatcher(
    Delivery delivery, IOptions<JobsOptions> options, TimeProvider time, ILogger<Dispatcher> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromMilliseconds(options.Value.PollMs);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await delivery.Next(stoppingToken))
                {
                    // Another fact may be due.
                }
                await Task.Delay(pause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // The database is away: facts wait in it, and so does this loop.
            catch (Exception fault) when (fault is DbException or InvalidOperationException or TimeoutException or IOException)
            {
                LogUnreachable(fault);
                await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "The outbox cannot be read; looking again soon")]
    private partial void LogUnreachable(Exception fault);
}
