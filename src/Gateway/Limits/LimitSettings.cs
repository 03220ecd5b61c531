namespace Sluice.Gateway.Limits;

/// <summary>Limits of one key, app or plan; null is no limit. Rates are per second, quotas in compute units.</summary>
public sealed record LimitSettings(
    int? RequestsPerSecond, long? UnitsPerSecond, long? DailyUnits, long? MonthlyUnits, bool Hard = true)
{
    public static readonly LimitSettings None = new(null, null, null, null);

    public bool IsNone => RequestsPerSecond is null && UnitsPerSecond is null && DailyUnits is null && MonthlyUnits is null;
}
