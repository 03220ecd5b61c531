using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Looks for journals whose process died, every few seconds or once, and archives segments for as long as the process
/// lives: a gateway alone on its disk would fill it.
/// </summary>
internal sealed partial class JournalTakeover(
    IJournals journals, Archive archive, TakeoverMode mode, TimeProvider time, IOptions<MeteringOptions> options,
    ILogger<JournalTakeover> log) : BackgroundService
{
    private static readonly TimeSpan TidyInterval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = TimeSpan.FromMilliseconds(options.Value.TakeoverIntervalMs);
        var wait = interval;
        var failing = false;
        var takenOver = false;
        long? tidied = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (mode != TakeoverMode.Once || !takenOver)
                    await journals.TakeOver(options.Value.JournalsDirectory, stoppingToken);
                takenOver = true;
                if (tidied is not { } last || time.GetElapsedTime(last) >= TidyInterval)
                {
                    await archive.Tidy(options.Value.JournalsDirectory, stoppingToken);
                    tidied = time.GetTimestamp();
                }
                if (failing) LogRecovered();
                failing = false;
                wait = interval;
            }
            catch (Exception error) when (Outage.Is(error))
            {
                if (!failing) LogFailing(error);
                failing = true;
                wait = Outage.Backoff(wait, interval);
            }
            await Task.Delay(wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(6020, LogLevel.Warning, "Journals of dead processes cannot be taken over now and will be later")]
    private partial void LogFailing(Exception error);

    [LoggerMessage(6021, LogLevel.Information, "Journals can be taken over again")]
    private partial void LogRecovered();
}
