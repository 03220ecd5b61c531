using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary>Reads limits as a caller sends them: what is left out, or null, is no limit of its own.</summary>
internal static class LimitsBody
{
    public static LimitSet? At(ObjectAt body, string field)
    {
        if (body.Object(field) is not { } at) return null;
        var limits = Read(at);
        at.Close();
        return limits;
    }

    // Only the type is looked at here; LimitCheck knows the ranges.
    public static LimitSet Read(ObjectAt at) => new()
    {
        RequestsPerSecond = (int?)at.Limit("requestsPerSecond", int.MinValue, int.MaxValue, null),
        UnitsPerSecond = at.Limit("unitsPerSecond", long.MinValue, long.MaxValue, null),
        DailyUnits = at.Limit("dailyUnits", long.MinValue, long.MaxValue, null),
        MonthlyUnits = at.Limit("monthlyUnits", long.MinValue, long.MaxValue, null),
        Cap = at.Choice("cap", QuotaCap.Hard),
    };
}
