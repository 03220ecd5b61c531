using System.Text;
using System.Text.Json;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>What jobs carry, in the one shape of JSON and bounded.</summary>
internal static class JsonText
{
    public const int BytesMax = 256 * 1024;

    public static string Write(object? value, string what)
    {
        var text = JsonSerializer.Serialize(value, Http.Json);
        if (text.Length <= BytesMax / 3 || Encoding.UTF8.GetByteCount(text) <= BytesMax) return text;
        throw new InvalidOperationException(
            $"{what} has more than {BytesMax} bytes as JSON: keep it elsewhere and name it here.");
    }
}
