using System.Text.Json.Nodes;

namespace Sluice.Host.Serving;

/// <summary>How a shape of the description is read: what it refers to, whether it may be null, its type. Pure.</summary>
internal static class JsonShape
{
    /// <summary>The shape itself: the one that is not null of two, and the one that a reference names.</summary>
    public static JsonObject? Resolve(JsonNode? schema, JsonObject schemas)
    {
        var chosen = Chosen(schema);
        return NameOf(chosen) is { Length: > 0 } name ? schemas[name] as JsonObject : chosen as JsonObject;
    }

    /// <summary>The name under which it stands among the shapes; empty where it has none.</summary>
    public static string NameOf(JsonNode? schema) => Chosen(schema)?["$ref"]?.ToString() is { } reference
        ? reference[(reference.LastIndexOf('/') + 1)..]
        : "";

    public static bool IsOptional(JsonNode schema) =>
        schema["oneOf"] is JsonArray || schema["type"] is JsonArray types && types.Any(one => one?.ToString() == "null");

    public static string? TypeOf(JsonObject schema) => schema["type"] is JsonArray types
        ? types.FirstOrDefault(one => one?.ToString() != "null")?.ToString()
        : schema["type"]?.ToString();

    private static JsonNode? Chosen(JsonNode? schema) => schema?["oneOf"] is JsonArray choices
        ? choices.FirstOrDefault(choice => choice?["type"]?.ToString() != "null")
        : schema;
}
