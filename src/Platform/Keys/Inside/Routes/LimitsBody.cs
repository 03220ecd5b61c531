using System.Text.Json.Serialization;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary>Limits as a caller sends them; a field that is not known is refused, like a rule's.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record LimitsBody
{
    public int? RequestsPerSecond { get; init; }
    public long? UnitsPerSecond { get; init; }
    public long? DailyUnits { get; init; }
    public long? MonthlyUnits { get; init; }
    public QuotaCap Cap { get; init; } = QuotaCap.Hard;

    public LimitSet ToLimits() => new()
    {
        RequestsPerSecond = RequestsPerSecond,
        UnitsPerSecond = UnitsPerSecond,
        DailyUnits = DailyUnits,
        MonthlyUnits = MonthlyUnits,
        Cap = Cap,
    };
}
