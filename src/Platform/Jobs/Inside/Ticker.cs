using Microsoft.Extensions.Logging;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>
/// Enqueues what schedules are due. The job and the next due time are written in one transaction under a lock on the
/// schedule, so that of many processes one does it, once.
/// </summary>
internal sealed partial class Ticker(
    NpgsqlDataSource source, IUnitsOfWork units, IJobs jobs, JobRegistry registry, TimeProvider time, ILogger<Ticker> log)
{
    private static readonly TimeSpan LookLeast = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookMost = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, ScheduleDefinition> _known =
        registry.Schedules.ToDictionary(schedule => schedule.Name, StringComparer.Ordinal);

    /// <summary>Writes down the schedules of this process; one whose recurrence changed is due by the new one.</summary>
    public async Task Declare(CancellationToken ct)
    {
        foreach (var schedule in _known.Values)
        {
            var job = registry.Of(schedule.Arguments.GetType());
            var now = await source.Statement("SELECT clock_timestamp()").Row(row => row.GetFieldValue<DateTimeOffset>(0), ct);
            await using var statement = source.Statement("""
                INSERT INTO jobs.schedules AS s (name, queue, job, recurrence, next_at, declared_at)
                VALUES ($1, $2, $3, $4, $5, clock_timestamp())
                ON CONFLICT (name) DO UPDATE SET
                    queue = excluded.queue, job = excluded.job, recurrence = excluded.recurrence,
                    declared_at = excluded.declared_at,
                    next_at = CASE WHEN s.recurrence = excluded.recurrence THEN s.next_at ELSE excluded.next_at END
                """, schedule.Name, job.Queue, job.Name, schedule.Recurrence.Text, schedule.Recurrence.Next(now));
            await statement.ExecuteNonQueryAsync(ct);
        }
    }

    public async Task Run(CancellationToken stopping)
    {
        if (_known.Count == 0) return;
        while (!stopping.IsCancellationRequested)
        {
            var wait = LookMost;
            try
            {
                while (await Tick(stopping))
                {
                    // Another may be due.
                }
                wait = await UntilNext(stopping);
            }
            catch (Exception fault) when (Outage.Is(fault))
            {
                LogUnreachable(fault);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Enqueues the schedule that is due the longest; false when none is.</summary>
    public async Task<bool> Tick(CancellationToken ct)
    {
        await using var work = await units.Begin(ct);
        var due = await work.Statement("""
            SELECT name, clock_timestamp() FROM jobs.schedules
            WHERE name = ANY ($1) AND paused_at IS NULL AND next_at <= clock_timestamp()
            ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
            """, (object)_known.Keys.ToArray())
            .Row(row => (Name: row.GetString(0), Now: row.GetFieldValue<DateTimeOffset>(1)), ct);
        if (due.Name is null) return false;
        var schedule = _known[due.Name];
        // Due times that passed while nobody worked are one run, and a run that is not over is not joined by another.
        var id = await jobs.Enqueue(new(schedule.Arguments) { UniqueKey = $"schedule:{schedule.Name}" }, work, ct);
        await work.Execute("""
            UPDATE jobs.schedules SET next_at = $2, last_at = $3,
                last_job = CASE WHEN last_job = $4 THEN NULL ELSE $4::uuid END
            WHERE name = $1
            """, [schedule.Name, schedule.Recurrence.Next(due.Now), due.Now, id.Value], ct);
        await work.Commit(ct);
        return true;
    }

    private async Task<TimeSpan> UntilNext(CancellationToken ct)
    {
        var seconds = await source.Statement("""
            SELECT extract(epoch FROM min(next_at) - clock_timestamp())::float8 FROM jobs.schedules
            WHERE name = ANY ($1) AND paused_at IS NULL
            """, (object)_known.Keys.ToArray()).Row(row => row.Optional<double?>(0), ct);
        var wait = seconds is { } s ? TimeSpan.FromSeconds(Math.Clamp(s, 0, LookMost.TotalSeconds)) : LookMost;
        return wait < LookLeast ? LookLeast : wait;
    }

    [LoggerMessage(2017, LogLevel.Warning, "Schedules cannot be read now; looking again soon")]
    private partial void LogUnreachable(Exception fault);
}
