using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Sluice.Platform.Audit;

namespace Sluice.Host.Serving;

/// <summary>What the comments in the rooms say of the shapes on the wire, written into the description of the API.</summary>
internal static class ApiWords
{
    public static void Add(JsonObject document)
    {
        var file = Path.ChangeExtension(typeof(IAudit).Assembly.Location, ".xml");
        if (!File.Exists(file)) return;
        var said = Read(XDocument.Load(file));
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
        {
            if (schema?["properties"] is not JsonObject properties) continue;
            // Of several things of one name, the one whose parts are those of the shape.
            var fits = said[name].MaxBy(words => properties.Count(one => words.Parts.ContainsKey(one.Key)));
            foreach (var (part, shape) in properties)
            {
                if (shape is JsonObject one && one["description"] is null && fits?.Parts.GetValueOrDefault(part) is { } text)
                    one["description"] = text;
            }
        }
    }

    private static ILookup<string, Words> Read(XDocument comments)
    {
        Dictionary<string, Words> types = new(StringComparer.Ordinal);
        foreach (var member in comments.Descendants("member"))
        {
            var name = member.Attribute("name")?.Value ?? "";
            if (name.StartsWith("T:", StringComparison.Ordinal))
            {
                foreach (var part in member.Elements("param"))
                    Of(name[2..]).Parts[Camel(part.Attribute("name")?.Value ?? "")] = Text(part);
            }
            else if (name.StartsWith("P:", StringComparison.Ordinal) && member.Element("summary") is { } summary)
            {
                var end = name.LastIndexOf('.');
                Of(name[2..end]).Parts.TryAdd(Camel(name[(end + 1)..]), Text(summary));
            }
        }
        return types.Values.ToLookup(words => words.Name[(words.Name.LastIndexOf('.') + 1)..], StringComparer.Ordinal);

        Words Of(string type)
        {
            if (!types.TryGetValue(type, out var words)) types[type] = words = new Words(type, new(StringComparer.Ordinal));
            return words;
        }
    }

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    private static string Text(XElement element)
    {
        var text = new StringBuilder();
        foreach (var node in element.DescendantNodes())
        {
            if (node is XText words) text.Append(words.Value);
            else if (node is XElement { IsEmpty: true } mark && (mark.Attribute("cref") ?? mark.Attribute("name")) is { } target)
                text.Append(Camel(target.Value[(target.Value.LastIndexOf('.') + 1)..]));
        }
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private sealed record Words(string Name, Dictionary<string, string> Parts);
}
