using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>
/// Hears of new jobs, cancels and facts over one connection that listens. What is missed while it is away is found by
/// the polls; when it is back, everybody looks.
/// </summary>
internal sealed partial class Bell(NpgsqlDataSource source, TimeProvider time, ILogger<Bell> log) : BackgroundService
{
    /// <summary>The payload is the queue's name.</summary>
    public const string JobsChannel = "sluice_jobs";

    /// <summary>The payload is the id of a running job that is to be cancelled.</summary>
    public const string CancelChannel = "sluice_jobs_cancel";

    /// <summary>Facts were recorded; no payload.</summary>
    public const string FactsChannel = "sluice_facts";

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Signal> _queues = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Facts may be due.</summary>
    public Signal Facts { get; } = new();

    /// <summary>Called with the id of a job to cancel.</summary>
    public Action<Guid>? Cancelled { get; set; }

    /// <summary>What wakes the lane of a queue.</summary>
    public Signal Of(string queue)
    {
        lock (_gate)
        {
            if (!_queues.TryGetValue(queue, out var signal)) _queues[queue] = signal = new Signal();
            return signal;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = First;
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, heard) => Hear(heard.Channel, heard.Payload);
                await using (var listen = new NpgsqlCommand(
                    $"LISTEN {JobsChannel}; LISTEN {CancelChannel}; LISTEN {FactsChannel}", connection))
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                (wait, failing) = (First, false);
                RingAll();
                while (!stoppingToken.IsCancellationRequested) await connection.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (Outage.Is(error))
            {
                if (!failing) LogFailing(error.Message);
                failing = true;
                await Task.Delay(wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wait = wait * 2 > Longest ? Longest : wait * 2;
            }
        }
    }

    private void Hear(string channel, string payload)
    {
        if (channel == JobsChannel)
        {
            lock (_gate) _queues.GetValueOrDefault(payload)?.Set();
        }
        else if (channel == FactsChannel) Facts.Set();
        else if (Guid.TryParse(payload, out var id)) Cancelled?.Invoke(id);
    }

    private void RingAll()
    {
        lock (_gate)
            foreach (var signal in _queues.Values) signal.Set();
        Facts.Set();
    }

    [LoggerMessage(2010, LogLevel.Warning, "News of jobs cannot be heard now, they are looked for instead: {Reason}")]
    private partial void LogFailing(string reason);
}
