using System.Globalization;

namespace Sluice.Host.Portal.Operator;

/// <summary>How long something has waited, in one unit.</summary>
internal static class Ages
{
    public static string Tell(double? seconds) => seconds switch
    {
        null => "–",
        < 1 => "under 1 s",
        < 120 => Text(seconds.Value, "s"),
        < 7200 => Text(seconds.Value / 60, "min"),
        < 172_800 => Text(seconds.Value / 3600, "h"),
        _ => Text(seconds.Value / 86_400, "d"),
    };

    private static string Text(double amount, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(amount):0} {unit}");
}
