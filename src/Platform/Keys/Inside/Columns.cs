using System.Text.Json;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside;

/// <summary>How apps, keys and limits stand in their tables.</summary>
internal static class Columns
{
    public const string Limits = "requests_per_second, units_per_second, daily_units, monthly_units, soft";
    public const string App = $"id, organization_id, name, rules::text, created_at, {Limits}, change";
    public const string Key =
        $"id, app_id, organization_id, kind, name, hint, created_at, expires_at, revoked_at, {Limits}";

    private static readonly LimitSet NoLimits = new();

    public static App ReadApp(NpgsqlDataReader row) => new(
        new AppId(row.GetGuid(0)), new OrganizationId(row.GetGuid(1)), row.GetString(2), ReadRules(row.GetString(3)),
        ReadLimits(row, 5), row.GetFieldValue<DateTimeOffset>(4))
    {
        Version = row.GetInt64(10),
    };

    public static Key ReadKey(NpgsqlDataReader row) => new(
        new KeyId(row.GetGuid(0)), new AppId(row.GetGuid(1)), new OrganizationId(row.GetGuid(2)),
        (KeyKind)row.GetInt16(3), row.GetString(4), row.GetString(5), ReadLimits(row, 9),
        row.GetFieldValue<DateTimeOffset>(6), row.Optional<DateTimeOffset?>(7), row.Optional<DateTimeOffset?>(8));

    /// <summary>Limits from the column on; one shared value where there are none, as most of a million keys have.</summary>
    public static LimitSet ReadLimits(NpgsqlDataReader row, int first)
    {
        var limits = new LimitSet
        {
            RequestsPerSecond = row.Optional<int?>(first),
            UnitsPerSecond = row.Optional<long?>(first + 1),
            DailyUnits = row.Optional<long?>(first + 2),
            MonthlyUnits = row.Optional<long?>(first + 3),
            Cap = row.GetBoolean(first + 4) ? QuotaCap.Soft : QuotaCap.Hard,
        };
        return limits == NoLimits ? NoLimits : limits;
    }

    /// <summary>The five values of <see cref="Limits"/>, in their order.</summary>
    public static object?[] Values(LimitSet limits) =>
    [
        limits.RequestsPerSecond, limits.UnitsPerSecond, limits.DailyUnits, limits.MonthlyUnits,
        limits.Cap == QuotaCap.Soft,
    ];

    public static AppRules ReadRules(string json) =>
        (JsonSerializer.Deserialize<RulesBody>(json, Http.Json) ?? new RulesBody()).ToRules();

    public static string WriteRules(AppRules rules) => JsonSerializer.Serialize(RulesBody.Of(rules), Http.Json);
}
