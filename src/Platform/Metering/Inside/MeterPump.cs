using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Metering.Inside;

/// <summary>Pumps this process's journal for as long as it lives, sooner when there is much to pump.</summary>
internal sealed partial class MeterPump(
    Journals journals, INodeJournal node, MeteringMetrics metrics, TimeProvider time,
    IOptions<MeteringOptions> options, ILogger<MeterPump> log) : BackgroundService
{
    private bool _failing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Lag = Lag;
        var interval = TimeSpan.FromMilliseconds(options.Value.PumpIntervalMs);
        var registered = false;
        var wait = interval;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (node.Current is { } journal)
            {
                try
                {
                    if (!registered)
                        await journals.Register(journal.Id, journal.Directory, journal.InternalUrl, stoppingToken);
                    registered = true;
                    var progress = await journals.Pump(journal.Id, journal.Directory, ownerDead: false, stoppingToken);
                    Recovered();
                    wait = Next(progress, interval);
                }
                catch (Exception error) when (Outage.Is(error))
                {
                    Failed(error);
                    wait = Outage.Backoff(wait, interval);
                }
            }
            await Task.Delay(wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A last run, so that a clean stop leaves nothing for a takeover.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (node.Current is not { } journal) return;
        try
        {
            await journals.Pump(journal.Id, journal.Directory, ownerDead: false, cancellationToken);
        }
        catch (Exception error) when (Outage.Is(error) || error is OperationCanceledException)
        {
            LogLeftBehind(error.Message);
        }
    }

    private TimeSpan Next(PumpProgress progress, TimeSpan interval)
    {
        if (!progress.AtEnd) return TimeSpan.Zero;
        // Half a batch in one interval: a shorter one keeps transactions small.
        return progress.Records > options.Value.PumpBatch / 2 ? interval / 2 : interval;
    }

    // Looked up when it is read: a pump that hangs tells nothing.
    private TimeSpan Lag()
    {
        if (node.Current is not { } journal || journals.Oldest(journal.Id, journal.Directory) is not { } oldest)
            return TimeSpan.Zero;
        var lag = time.GetUtcNow() - oldest;
        return lag < TimeSpan.Zero ? TimeSpan.Zero : lag;
    }

    private void Failed(Exception error)
    {
        metrics.PumpFailed();
        if (_failing) return;
        _failing = true;
        LogFailing(error);
    }

    private void Recovered()
    {
        if (!_failing) return;
        _failing = false;
        LogRecovered();
    }

    [LoggerMessage(6010, LogLevel.Warning, "The pump cannot reach the database; records stay in the journal meanwhile")]
    private partial void LogFailing(Exception error);

    [LoggerMessage(6011, LogLevel.Information, "The pump reaches the database again")]
    private partial void LogRecovered();

    [LoggerMessage(6012, LogLevel.Warning, "The last records stay in the journal for a takeover: {Reason}")]
    private partial void LogLeftBehind(string reason);
}
