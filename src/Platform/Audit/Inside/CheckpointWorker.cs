using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Audit.Inside;

/// <summary>Signs the end of the chain from time to time, and once more when the process ends.</summary>
internal sealed partial class CheckpointWorker(
    IAuditTrail trail, IOptions<AuditOptions> options, TimeProvider time, ILogger<CheckpointWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.CheckpointSeconds), time);
        try
        {
            while (await tick.WaitForNextTickAsync(stoppingToken)) await Sign(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Sign(CancellationToken.None);
        }
    }

    private async Task Sign(CancellationToken ct)
    {
        try
        {
            if (await trail.Sign(ct) is { } checkpoint) LogSigned(checkpoint.Number, checkpoint.Hash, checkpoint.KeyId);
        }
        // The database is away: what happened there waits in it for the next turn.
        catch (Exception fault) when (fault is DbException or TimeoutException or IOException)
        {
            LogPostponed(fault);
        }
    }

    // With the hash, so that a log kept elsewhere is a witness of its own.
    [LoggerMessage(1001, LogLevel.Information, "The audit trail is signed up to event {Number}: {Hash} by {KeyId}")]
    private partial void LogSigned(long number, string hash, string keyId);

    [LoggerMessage(1002, LogLevel.Warning, "The audit trail could not be signed; it is tried again")]
    private partial void LogPostponed(Exception fault);
}
