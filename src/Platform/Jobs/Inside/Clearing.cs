using Microsoft.Extensions.Logging;
using Npgsql;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>
/// Clears the table of live jobs of what ended. A claim reads its index from the front, where the oldest jobs stood, and walks
/// over every entry of a job that is gone until the table is vacuumed: 200,000 of them make a claim several milliseconds long.
/// The database's own vacuum comes about once a minute, which a busy queue cannot wait for.
/// </summary>
internal sealed partial class Clearing(NpgsqlDataSource source, JobStore store, TimeProvider time, ILogger<Clearing> log)
{
    private const long DeadMin = 50_000;
    private const long EndedMin = 5_000;
    private const int SecondsMax = 600;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Two at once do it once: who finds the table held by another vacuum leaves it to that one.
    private const string Vacuum = "VACUUM (SKIP_LOCKED, TRUNCATE off, INDEX_CLEANUP on) jobs.live";

    /// <summary>Looks at the begin, for what others left, and whenever this process has ended some thousand jobs more.</summary>
    public async Task Run(CancellationToken stopping)
    {
        var seen = -EndedMin;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (store.Ended is var ended && ended - seen >= EndedMin)
                {
                    await Clear(stopping);
                    seen = ended;
                }
            }
            catch (Exception fault) when (Outage.Is(fault))
            {
                LogNotCleared(fault);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(Interval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Vacuums where much is dead, and says whether it did.</summary>
    public async Task<bool> Clear(CancellationToken ct)
    {
        var dead = await source.Statement("SELECT pg_stat_get_dead_tuples('jobs.live'::regclass)")
            .Row(row => row.GetInt64(0), ct);
        if (dead < DeadMin) return false;
        // Outside of any transaction, as it must be.
        await using var command = source.Statement(Vacuum);
        command.CommandTimeout = SecondsMax;
        await command.ExecuteNonQueryAsync(ct);
        return true;
    }

    [LoggerMessage(2022, LogLevel.Debug, "What ended jobs left cannot be cleared now")]
    private partial void LogNotCleared(Exception fault);
}
