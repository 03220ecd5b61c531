using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Drops minutes and moves hours into days when their time is over, by whole UTC days. May be killed anywhere and run
/// twice at once: a row is moved in the statement that deletes it.
/// </summary>
internal sealed partial class Retention(
    NpgsqlDataSource database, TimeProvider time, IOptions<MeteringOptions> options, ILogger<Retention> log)
{
    /// <summary>Rows that one statement drops, so that no transaction is long.</summary>
    private const int RowsAtOnce = 20_000;

    private const string Key = "organization, start, app, key, service, method, status_class, cached, meter";

    private static readonly string[] Measures =
        ["calls", "billed", "units", "upstream_calls", "bytes_up", "bytes_down", "latency_micros_sum"];

    private static readonly string MoveDay =
        $"""
        WITH gone AS (DELETE FROM metering.hours WHERE start >= $1 AND start < $2 RETURNING *)
        INSERT INTO metering.days AS d ({Key}, {string.Join(", ", Measures)})
        SELECT organization, $1, app, key, service, method, status_class, cached, meter,
            {string.Join(", ", Measures.Select(m => $"sum({m})"))}
        FROM gone GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ON CONFLICT ({Key}) DO UPDATE SET {string.Join(", ", Measures.Select(m => $"{m} = d.{m} + excluded.{m}"))}
        """;

    public async Task Run(CancellationToken ct)
    {
        var today = time.GetUtcNow().UtcDateTime.Date;
        var minutes = await Keep("minutes", today.AddDays(-options.Value.MinuteDays), ct);
        var hours = await Keep("hours", today.AddDays(-options.Value.HourDays), ct);
        var dropped = await DropMinutes(minutes, ct);
        var moved = 0;
        while (await OldestHour(hours, ct) is { } oldest)
        {
            var day = oldest.Date;
            await Execute(MoveDay, ct, day, day.AddDays(1));
            moved++;
        }
        if (dropped > 0 || moved > 0) LogCut(dropped, minutes, moved, hours);
    }

    // A setting that was made longer does not bring back what is gone.
    private async Task<DateTime> Keep(string grain, DateTime from, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO metering.kept AS k (grain, kept_from) VALUES ($1, $2)
            ON CONFLICT (grain) DO UPDATE SET kept_from = GREATEST(k.kept_from, excluded.kept_from)
            """);
        command.Parameters.Add(new() { Value = grain });
        command.Parameters.Add(new() { Value = from });
        await command.ExecuteNonQueryAsync(ct);
        return from;
    }

    private async Task<long> DropMinutes(DateTime before, CancellationToken ct)
    {
        for (var dropped = 0L; ;)
        {
            var rows = await Execute(
                "DELETE FROM metering.minutes WHERE ctid = ANY (ARRAY("
                + $"SELECT ctid FROM metering.minutes WHERE start < $1 LIMIT {RowsAtOnce}))", ct, before);
            dropped += rows;
            if (rows < RowsAtOnce) return dropped;
        }
    }

    private async Task<DateTime?> OldestHour(DateTime before, CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT min(start) FROM metering.hours WHERE start < $1");
        command.Parameters.Add(new() { Value = before });
        return await command.ExecuteScalarAsync(ct) as DateTime?;
    }

    private async Task<int> Execute(string sql, CancellationToken ct, params DateTime[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(6040, LogLevel.Information,
        "Dropped {Minutes} rows of minutes before {MinutesFrom:yyyy-MM-dd}; "
        + "moved {Days} days of hours before {HoursFrom:yyyy-MM-dd} into days")]
    private partial void LogCut(long minutes, DateTime minutesFrom, int days, DateTime hoursFrom);
}
