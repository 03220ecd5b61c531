using System.Text;

namespace Sluice.Host.Observability;

/// <summary>
/// Names of instruments as Prometheus wants them: letters, digits and underscores, the unit as a suffix in full,
/// <c>_total</c> at the end of a counter (the OpenTelemetry rules for Prometheus).
/// </summary>
internal static class PrometheusNames
{
    public static string Of(string name, string? unit, InstrumentShape shape)
    {
        var text = Clean(name);
        if (UnitSuffix(unit, shape) is { Length: > 0 } suffix && !text.EndsWith("_" + suffix, StringComparison.Ordinal))
            text += "_" + suffix;
        if (shape == InstrumentShape.Counter && !text.EndsWith("_total", StringComparison.Ordinal)) text += "_total";
        return text;
    }

    public static string Clean(string name)
    {
        var text = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            var good = char.IsAsciiLetterOrDigit(c) || c == '_';
            if (good || text.Length == 0 || text[^1] != '_') text.Append(good ? c : '_');
        }
        if (text.Length == 0 || char.IsAsciiDigit(text[0])) text.Insert(0, '_');
        return text.ToString();
    }

    private static string UnitSuffix(string? unit, InstrumentShape shape)
    {
        if (string.IsNullOrEmpty(unit) || unit[0] == '{') return "";
        return unit switch
        {
            "s" => "seconds",
            "ms" => "milliseconds",
            "us" => "microseconds",
            "ns" => "nanoseconds",
            "By" => "bytes",
            "%" => "percent",
            "1" => shape == InstrumentShape.Gauge ? "ratio" : "",
            _ => Clean(unit),
        };
    }
}
