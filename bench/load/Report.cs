using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sluice.Load;

/// <summary>Writes a run to artifacts/bench and says where.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // A value that could not be read is written as "NaN".
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Write<T>(string mode, DateTimeOffset at, T report)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{mode}-{at:yyyyMMdd-HHmmss}.json");
        var path = Path.Combine(Repository.Artifacts, name);
        File.WriteAllText(path, JsonSerializer.Serialize(report, Format));
        Console.WriteLine($"\n{Path.GetRelativePath(Repository.Root, path)}");
    }
}
