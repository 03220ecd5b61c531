using System.Globalization;
using Sluice.Integration.Processes;

namespace Sluice.Integration.Chaos;

/// <summary>What a process tells on <c>/metrics</c>.</summary>
internal static class Metrics
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>The sum of a metric's series; 0 where it has none.</summary>
    public static async Task<double> Value(SluiceProcess process, string name)
    {
        var text = await Http.GetStringAsync(new Uri(process.BaseUrl, "/metrics"));
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is ' ' or '{')
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}
