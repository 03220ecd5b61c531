using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Hears other processes ask for unspent units. What is missed while the connection is away is asked again: whoever
/// is granted nothing keeps asking.
/// </summary>
internal sealed partial class ReclaimListener(
    NpgsqlDataSource database, Allowances allowances, TimeProvider time, ILogger<ReclaimListener> log)
    : BackgroundService
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = First;
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, heard) => allowances.Hear(heard.Payload);
                await using (var listen = new NpgsqlCommand($"LISTEN {Allowances.ReclaimChannel}", connection))
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                wait = First;
                failing = false;
                while (!stoppingToken.IsCancellationRequested) await connection.WaitAsync(stoppingToken);
            }
            catch (Exception error) when (Outage.Is(error))
            {
                if (!failing) LogFailing(error.Message);
                failing = true;
                await Task.Delay(wait, time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wait = Outage.Backoff(wait, First);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    [LoggerMessage(6031, LogLevel.Warning, "Reclaims of quota slices cannot be heard now: {Reason}")]
    private partial void LogFailing(string reason);
}
