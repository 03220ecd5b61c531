using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Host.Serving;

namespace Sluice.Host.Portal.Docs.Reference;

/// <summary>Shapes of the description as rows of a table. Pure.</summary>
internal sealed class ReferenceShapes(JsonObject schemas)
{
    private const int DepthMax = 5;
    private const int ChoicesMax = 12;

    private static readonly JsonSerializerOptions Lines =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ReferenceShape? Shape(JsonNode? media, bool isOptional, bool isBody)
    {
        if (media?["schema"] is not { } schema) return null;
        List<ReferenceField> fields = [];
        Add(fields, schema, "", isBody, 0);
        return new ReferenceShape(fields, isOptional, media["example"]?.ToJsonString(Lines));
    }

    /// <summary>A type in words.</summary>
    public string Type(JsonNode? given)
    {
        if (JsonShape.Resolve(given, schemas) is not { } schema) return "anything";
        if (schema["enum"] is JsonArray choices)
        {
            var names = choices.Where(one => one is not null).Select(one => one!.ToString()).ToList();
            return names.Count <= ChoicesMax
                ? string.Join(" | ", names)
                : $"{string.Join(" | ", names.Take(3))} | … ({names.Count})";
        }
        var type = JsonShape.TypeOf(schema) switch
        {
            "string" when schema["format"]?.ToString() == "date-time" => "time",
            "string" when schema["pattern"]?.ToString() is ['^', .. var pattern] => $"id {pattern.Split('[')[0]}…",
            "string" => "text",
            "integer" => "whole number",
            "number" => "number",
            "boolean" => "true | false",
            "array" => $"list of {Type(schema["items"])}",
            _ => "object",
        };
        return JsonShape.IsOptional(given!) ? type + " | null" : type;
    }

    private void Add(List<ReferenceField> fields, JsonNode? given, string path, bool isBody, int depth)
    {
        if (depth > DepthMax || JsonShape.Resolve(given, schemas) is not { } schema) return;
        if (JsonShape.TypeOf(schema) == "array")
        {
            Add(fields, schema["items"], path + "[]", isBody, depth + 1);
            return;
        }
        var required = schema["required"]?.AsArray().Select(one => one!.ToString()).ToHashSet(StringComparer.Ordinal) ?? [];
        foreach (var (name, shape) in schema["properties"] as JsonObject ?? [])
        {
            var full = path.Length == 0 ? name : $"{path}.{name}";
            var note = !isBody ? "" : required.Contains(name) ? "required" : Otherwise(shape);
            fields.Add(new ReferenceField(full, Type(shape), note, shape?["description"]?.ToString() ?? ""));
            Add(fields, shape, full, isBody, depth + 1);
        }
    }

    private static string Otherwise(JsonNode? shape) =>
        shape?["default"] is { } otherwise ? $"otherwise {otherwise.ToJsonString(Lines)}" : "";
}
