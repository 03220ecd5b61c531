using System.Text;
using System.Text.Json;

namespace Sluice.Integration.Origins;

/// <summary>A request as it came over the wire; the body with its transfer coding taken off and nothing else.</summary>
/// <param name="Connection">Number of the connection, from 1, in the order of acceptance.</param>
/// <param name="Target">The request target as it was written.</param>
public sealed record ReceivedRequest(
    int Connection, string Method, string Target, string Version,
    IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The first header of that name; null where there is none.</summary>
    public string? Header(string name)
    {
        foreach (var (key, value) in Headers)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase)) return value;
        }
        return null;
    }

    /// <summary>The JSON-RPC methods of the body, in order; empty where it is no JSON-RPC.</summary>
    public IReadOnlyList<string> Methods
    {
        get
        {
            try
            {
                using var document = JsonDocument.Parse(Body);
                var root = document.RootElement;
                return root.ValueKind switch
                {
                    JsonValueKind.Array => [.. root.EnumerateArray().Select(MethodOf)],
                    JsonValueKind.Object => [MethodOf(root)],
                    _ => [],
                };
            }
            catch (JsonException)
            {
                return [];
            }
        }
    }

    private static string MethodOf(JsonElement call) =>
        call.ValueKind == JsonValueKind.Object && call.TryGetProperty("method", out var method)
            && method.ValueKind == JsonValueKind.String
            ? method.GetString()!
            : string.Empty;
}
