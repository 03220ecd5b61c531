using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sluice.Platform.Metering.Inside;

/// <summary>Runs the retention of rollups in a worker, every hour.</summary>
internal sealed partial class RetentionJob(Retention retention, TimeProvider time, ILogger<RetentionJob> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = Interval;
            try
            {
                await retention.Run(stoppingToken);
            }
            catch (Exception error) when (Outage.Is(error))
            {
                LogFailing(error);
                wait = AfterFailure;
            }
            await Task.Delay(wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(6041, LogLevel.Warning, "Old rollups cannot be dropped now and will be later")]
    private partial void LogFailing(Exception error);
}
