using System.Text;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Reads usage from the rollups: whole hours from the hourly ones and from the days that old hours became, the edges
/// of a span from the minutes.
/// </summary>
internal sealed class Rollups(NpgsqlDataSource database)
{
    /// <summary>Names that <see cref="UsageQuery.GroupBy"/> may hold, and their columns in the order of a row.</summary>
    public static readonly IReadOnlyList<(string Name, string Column)> Dimensions =
    [
        ("organization", "organization"), ("app", "app"), ("key", "key"), ("service", "service"),
        ("method", "method"), ("status", "status_class"), ("cached", "cached"),
    ];

    private const string Measures = "calls, billed, units, upstream_calls, bytes_up, bytes_down, latency_micros_sum";

    /// <summary>
    /// At most <paramref name="most"/> rows of a valid query, by start and then by the dimensions in their order.
    /// </summary>
    public async Task<List<UsageRow>> Read(UsageQuery query, int most, CancellationToken ct)
    {
        await using var command = database.CreateCommand();
        command.CommandText = Write(query, most, command.Parameters);
        await using var row = await command.ExecuteReaderAsync(ct);
        var rows = new List<UsageRow>();
        while (await row.ReadAsync(ct)) rows.Add(Row(row));
        return rows;
    }

    /// <summary>
    /// Why the rows that were just read are not all: the span asks for a grain that is not kept as far back. Null when
    /// they are. To be asked after reading, because what is dropped is announced before.
    /// </summary>
    public async Task<string?> Unkept(UsageQuery query, CancellationToken ct)
    {
        var (minutes, hours) = await KeptFrom(ct);
        var from = Minutes.Floor(query.From).UtcDateTime;
        var to = Minutes.Ceiling(query.To).UtcDateTime;
        if (query.Bucket == UsageBucket.Minute && from < minutes)
            return $"Usage by the minute is kept from {Text(minutes)} on: ask for later minutes or take a larger bucket.";
        if (query.Bucket == UsageBucket.Hour && from < hours)
            return $"Usage by the hour is kept from {Text(hours)} on: ask for later hours or take the bucket day or total.";
        foreach (var (name, edge) in new[] { ("from", from), ("to", to) })
        {
            if (edge < hours && edge != edge.Date)
                return $"Usage before {Text(hours)} is kept by the day: "
                    + $"let '{name}' stand at a midnight (UTC), such as {Text(edge.Date)}.";
            if (edge < minutes && edge != Hour(edge))
                return $"Usage before {Text(minutes)} is kept by the hour: "
                    + $"let '{name}' stand at a whole hour, such as {Text(Hour(edge))}.";
        }
        return null;
    }

    private async Task<(DateTime Minutes, DateTime Hours)> KeptFrom(CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT grain, kept_from FROM metering.kept");
        await using var row = await command.ExecuteReaderAsync(ct);
        var (minutes, hours) = (DateTime.MinValue, DateTime.MinValue);
        while (await row.ReadAsync(ct))
        {
            if (row.GetString(0) == "minutes") minutes = row.GetDateTime(1);
            else hours = row.GetDateTime(1);
        }
        return (minutes, hours);
    }

    private static string Text(DateTime at) =>
        at.ToString("yyyy-MM-dd'T'HH:mm'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static string Write(UsageQuery query, int most, NpgsqlParameterCollection values)
    {
        var minuteFrom = Minutes.Floor(query.From).UtcDateTime;
        var minuteTo = Minutes.Ceiling(query.To).UtcDateTime;
        var filter = Filter(query, values);
        var from = Add(values, minuteFrom);
        var to = Add(values, minuteTo);
        var hourFrom = Hour(minuteFrom.AddHours(1).AddTicks(-1));
        var hourTo = Hour(minuteTo);
        string source;
        if (query.Bucket != UsageBucket.Minute && hourFrom < hourTo)
        {
            var (first, last) = (Add(values, hourFrom), Add(values, hourTo));
            source = $"""
                SELECT * FROM metering.minutes WHERE start >= {from} AND start < {first}{filter}
                UNION ALL SELECT * FROM metering.hours WHERE start >= {first} AND start < {last}{filter}
                UNION ALL SELECT * FROM metering.days WHERE start >= {first} AND start < {last}{filter}
                UNION ALL SELECT * FROM metering.minutes WHERE start >= {last} AND start < {to}{filter}
                """;
        }
        else
        {
            source = $"SELECT * FROM metering.minutes WHERE start >= {from} AND start < {to}{filter}";
        }
        var bucket = query.Bucket switch
        {
            UsageBucket.Minute => "start",
            UsageBucket.Hour => "date_trunc('hour', start, 'UTC')",
            UsageBucket.Day => "date_trunc('day', start, 'UTC')",
            UsageBucket.Total => $"{from}::timestamptz",
            _ => throw new ArgumentOutOfRangeException(nameof(query)),
        };
        var sql = new StringBuilder($"SELECT {bucket}");
        foreach (var (name, column) in Dimensions)
        {
            var wanted = query.GroupBy.Contains(name, StringComparer.Ordinal);
            sql.Append(", ").Append(wanted ? column : $"NULL::{Type(column)}");
        }
        // Seconds and bytes are no units: what another meter counts stays in its rows until something asks for it.
        sql.Append(", sum(calls)::bigint, sum(billed)::bigint, COALESCE(sum(units) FILTER (WHERE meter = 0), 0)::bigint");
        foreach (var measure in Measures.Split(", ")[3..]) sql.Append($", sum({measure})::bigint");
        sql.Append($" FROM ({source}) AS r GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING count(*) > 0");
        sql.Append($" ORDER BY 1, 2, 3, 4, 5, 6, 7, 8 LIMIT {most}");
        return sql.ToString();
    }

    private static string Filter(UsageQuery query, NpgsqlParameterCollection values)
    {
        var filter = new StringBuilder();
        And("organization", query.Organization?.Value);
        And("app", query.App?.Value);
        And("key", query.Key?.Value);
        And("service", query.Service);
        And("method", query.Method);
        And("status_class", (short?)query.StatusClass);
        And("cached", query.Cached);
        return filter.ToString();

        void And(string column, object? value)
        {
            if (value is not null) filter.Append($" AND {column} = {Add(values, value)}");
        }
    }

    private static string Add(NpgsqlParameterCollection values, object value)
    {
        values.Add(new NpgsqlParameter { Value = value });
        return $"${values.Count}";
    }

    private static string Type(string column) => column switch
    {
        "organization" or "app" or "key" => "uuid",
        "service" or "method" => "text",
        "status_class" => "smallint",
        _ => "boolean",
    };

    private static DateTime Hour(DateTime at) => new(at.Year, at.Month, at.Day, at.Hour, 0, 0, DateTimeKind.Utc);

    private static UsageRow Row(NpgsqlDataReader row)
    {
        return new UsageRow(
            new DateTimeOffset(row.GetDateTime(0)),
            Id(1) is { } organization ? new OrganizationId(organization) : null,
            Id(2) is { } app ? new AppId(app) : null,
            Id(3) is { } key ? new KeyId(key) : null,
            row.Optional<string>(4), row.Optional<string>(5),
            row.IsDBNull(6) ? null : row.GetInt16(6), row.IsDBNull(7) ? null : row.GetBoolean(7),
            row.GetInt64(8), row.GetInt64(9), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13),
            row.GetInt64(14));

        // The zero id says that there was none: an unknown key.
        Guid? Id(int column) => row.IsDBNull(column) || row.GetGuid(column) == Guid.Empty ? null : row.GetGuid(column);
    }
}

/// <summary>Whole minutes around a time.</summary>
internal static class Minutes
{
    public static DateTimeOffset Floor(DateTimeOffset at) =>
        new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);

    public static DateTimeOffset Ceiling(DateTimeOffset at) => Floor(at.AddTicks(TimeSpan.TicksPerMinute - 1));
}
