using System.Globalization;
using System.Text.Json;
using Sluice.Integration.Processes;

namespace Sluice.Load;

/// <summary>One run of wrk with bench/post.lua.</summary>
internal static class Wrk
{
    public static async Task<WrkResult> Run(string url, string key, int connections, int seconds)
    {
        var output = await ChildProcess.Run(
            new ChildCommand(
                "wrk", "--threads", "2",
                "--connections", connections.ToString(CultureInfo.InvariantCulture),
                "--duration", string.Create(CultureInfo.InvariantCulture, $"{seconds}s"),
                "--script", Path.Combine(Repository.Bench, "post.lua"), url)
            {
                Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["BENCH_KEY"] = key },
            },
            TimeSpan.FromSeconds(seconds + 30));
        var line = output.Split('\n').FirstOrDefault(text => text.StartsWith("RESULT ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"wrk printed no result: {output}");
        return JsonSerializer.Deserialize<WrkResult>(line["RESULT ".Length..], JsonSerializerOptions.Web)!;
    }
}

/// <param name="Refused">Answers with a status of 400 or more.</param>
/// <param name="Broken">Connections, reads and writes that failed, and time-outs.</param>
internal sealed record WrkResult(
    long Requests, long DurationMicros, long Refused, long Broken, long P50Micros, long P99Micros, long MaxMicros)
{
    public double PerSecond => Requests * 1e6 / DurationMicros;
}
