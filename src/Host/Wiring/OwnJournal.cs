using System.Data.Common;
using Sluice.Gateway.Usage;
using Sluice.Host.Settings;
using Sluice.Platform.Metering;

namespace Sluice.Host.Wiring;

/// <summary>
/// Tells the pump which journal is this process's, and closes that journal on a clean stop: then its leases are free at
/// once, and the next start finds nothing to take over. Registered before the pump, so that it stops after it.
/// </summary>
internal sealed partial class OwnJournal(
    UsageJournal journal, IJournals journals, HostSettings settings, ILogger<OwnJournal> log) : INodeJournal, IHostedService
{
    public NodeJournal? Current { get; } = new(journal.Id, journal.Directory, settings.InternalUrl);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Calls that outlived the drain are refused from here on: a record behind the end would be lost.
        journal.Seal();
        try
        {
            PumpProgress progress;
            do progress = await journals.Pump(journal.Id, journal.Directory, ownerDead: true, cancellationToken);
            while (!progress.AtEnd);
        }
        catch (Exception error) when (error is DbException or TimeoutException or IOException or InvalidDataException
            or OperationCanceledException)
        {
            LogLeft(error.Message);
        }
    }

    [LoggerMessage(20321, LogLevel.Warning, "The journal stays open for a takeover: {Reason}")]
    private partial void LogLeft(string reason);
}
