using System.Globalization;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;

namespace Sluice.Host.Portal.Apps;

/// <summary>Rules as people read them.</summary>
internal static class RuleWords
{
    public static IReadOnlyList<(string Label, IReadOnlyList<string> Values)> Rows(AppRules rules) =>
    [
        ("Services", rules.Services), ("Methods", rules.Methods), ("Contracts", rules.Contracts),
        ("Origins", rules.Origins), ("User agents", rules.UserAgents), ("Networks", rules.Networks),
    ];

    /// <summary>The same in a few words: "2 methods, 1 origin".</summary>
    public static string Told(AppRules rules)
    {
        var parts = Rows(rules).Where(row => row.Values.Count > 0)
            .Select(row => $"{row.Values.Count} {One(row.Label.ToLowerInvariant(), row.Values.Count)}").ToList();
        return parts.Count == 0 ? "None" : string.Join(", ", parts);
    }

    private static string One(string label, int count) => count == 1 ? label[..^1] : label;
}

/// <summary>Limits as people read them.</summary>
internal static class LimitWords
{
    /// <summary>Those that are set.</summary>
    public static IReadOnlyList<(string Label, string Value)> Rows(LimitSet limits) =>
    [
        .. Row("Requests per second", limits.RequestsPerSecond), .. Row("Units per second", limits.UnitsPerSecond),
        .. Row("Units in a day", limits.DailyUnits, limits.Cap), .. Row("Units in a month", limits.MonthlyUnits, limits.Cap),
    ];

    /// <summary>The first that is set, in a few words.</summary>
    public static string Told(LimitSet limits) => limits switch
    {
        { RequestsPerSecond: { } rate } => string.Create(CultureInfo.InvariantCulture, $"{rate:N0} requests/s"),
        { UnitsPerSecond: { } rate } => string.Create(CultureInfo.InvariantCulture, $"{rate:N0} units/s"),
        { DailyUnits: { } units } => string.Create(CultureInfo.InvariantCulture, $"{units:N0} units/day"),
        { MonthlyUnits: { } units } => string.Create(CultureInfo.InvariantCulture, $"{units:N0} units/month"),
        _ => "As the plan",
    };

    private static IEnumerable<(string Label, string Value)> Row(string label, long? value, QuotaCap? cap = null)
    {
        if (value is null) yield break;
        var after = cap switch { QuotaCap.Hard => ", then refused", QuotaCap.Soft => ", then counted on", _ => "" };
        yield return (label, string.Create(CultureInfo.InvariantCulture, $"{value:N0}{after}"));
    }
}
