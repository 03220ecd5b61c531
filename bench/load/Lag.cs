using System.Globalization;

namespace Sluice.Load;

/// <summary>Reads values out of Prometheus' text.</summary>
internal static class Lag
{
    public const string Metric = "sluice_metering_pump_lag_seconds";
    public const string PumpedMetric = "sluice_metering_pump_records_total";

    /// <summary>The greatest sample of a metric over its labels; NaN when it is not there.</summary>
    public static double Of(string metrics, string name)
    {
        var greatest = double.NaN;
        foreach (var line in metrics.Split('\n'))
        {
            if (!line.StartsWith(name, StringComparison.Ordinal)) continue;
            if (line.Length == name.Length || line[name.Length] is not (' ' or '{')) continue;
            var value = line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[^1];
            if (line[name.Length] == '{') value = line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0];
            if (double.TryParse(value, CultureInfo.InvariantCulture, out var number) && !(number <= greatest))
                greatest = number;
        }
        return greatest;
    }
}
