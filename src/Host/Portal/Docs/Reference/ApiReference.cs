using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sluice.Host.Serving;

namespace Sluice.Host.Portal.Docs.Reference;

/// <summary>The reference of the API: the description at <c>/openapi.json</c>, made readable, once.</summary>
internal sealed partial class ApiReference(ApiDescription description, DocsBook book)
{
    private const string Json = "application/json";
    private const string ExampleDigits = "01jd3v9k2e8m4qz6w1x5y7b0ca";

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<Task<IReadOnlyList<ReferenceRoom>>> _rooms = new(async () => Read(await description.Document(), book));

    /// <summary>By name.</summary>
    public Task<IReadOnlyList<ReferenceRoom>> Rooms => _rooms.Value;

    private static List<ReferenceRoom> Read(JsonObject document, DocsBook book)
    {
        var shapes = new ReferenceShapes(document["components"]!["schemas"]!.AsObject());
        var problems = Problems(book.Find("problems")?.Source ?? "");
        var operations =
            from path in document["paths"]!.AsObject()
            from verb in path.Value!.AsObject()
            select (Room: verb.Value!["tags"]?[0]?.ToString() ?? "Others",
                Operation: Read(path.Key, verb.Key.ToUpperInvariant(), verb.Value!, shapes, problems));
        return
        [
            .. operations.GroupBy(one => one.Room, one => one.Operation, StringComparer.Ordinal)
                .OrderBy(room => room.Key, StringComparer.Ordinal)
                .Select(room => new ReferenceRoom(NameOf(room.Key), room.Key, [.. room])),
        ];
    }

    private static string NameOf(string title) =>
        string.Concat(title.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    private static ReferenceOperation Read(
        string path, string method, JsonNode operation, ReferenceShapes shapes, Dictionary<string, ReferenceProblem> problems)
    {
        var body = operation["requestBody"];
        var isOptional = body is not null && body["required"]?.GetValue<bool>() != true;
        var shape = shapes.Shape(body?["content"]?[Json], isOptional, isBody: true);
        var answers = operation["responses"]!.AsObject().Where(answer => answer.Key.StartsWith('2')).Select(answer =>
        {
            var media = answer.Value!["content"]?.AsObject().Select(one => one.Key).FirstOrDefault();
            return new ReferenceAnswer(
                answer.Key, media,
                media == Json ? shapes.Shape(answer.Value["content"]![Json], isOptional: false, isBody: false) : null);
        });
        return new ReferenceOperation(
            operation["operationId"]!.ToString(), method, path, operation["summary"]?.ToString() ?? "",
            TextsOf(operation[ApiOperations.Permissions]), operation[ApiOperations.Fresh]?.GetValue<bool>() == true,
            operation[ApiOperations.Open]?.ToString(),
            [.. (operation["parameters"] as JsonArray ?? []).Select(one => Parameter(one!, shapes))], shape, [.. answers],
            [.. TextsOf(operation[ApiOperations.RefusalCodes]).Select(code =>
                problems.GetValueOrDefault(code) ?? new ReferenceProblem(code, "", ""))],
            Curl(path, method, operation, body?["content"]?[Json]?["example"]),
            operation[ApiOperations.Verb]?.ToString());
    }

    private static ReferenceField Parameter(JsonNode parameter, ReferenceShapes shapes)
    {
        var place = parameter["in"]!.ToString() switch { "path" => "address", var other => other };
        return new ReferenceField(
            parameter["name"]!.ToString(), shapes.Type(parameter["schema"]), place, parameter["description"]?.ToString() ?? "");
    }

    private static string Curl(string path, string method, JsonNode operation, JsonNode? example)
    {
        var patterns = (operation["parameters"] as JsonArray ?? []).Where(one => one!["in"]!.ToString() == "path").ToDictionary(
            one => one!["name"]!.ToString(), one => one!["schema"]?["pattern"]?.ToString(), StringComparer.Ordinal);
        var address = Place().Replace(path, place => patterns.GetValueOrDefault(place.Groups["name"].Value) is { } pattern
            ? pattern[1..].Split('[')[0] + ExampleDigits
            : place.Groups["name"].Value.ToUpperInvariant());
        var text = new StringBuilder("curl ");
        if (method != "GET" && !(method == "POST" && example is not null)) text.Append("-X ").Append(method).Append(' ');
        text.Append("$sluice").Append(address);
        if (operation[ApiOperations.Open] is null) text.Append(" \\\n  -H \"Authorization: Bearer $token\"");
        if (example is not null)
        {
            text.Append(" \\\n  -H \"Content-Type: application/json\" \\\n  -d '")
                .Append(example.ToJsonString(OneLine).Replace("'", "'\\''", StringComparison.Ordinal)).Append('\'');
        }
        return text.ToString();
    }

    private static Dictionary<string, ReferenceProblem> Problems(string page)
    {
        Dictionary<string, ReferenceProblem> problems = new(StringComparer.Ordinal);
        foreach (var line in page.Split('\n'))
        {
            var cells = line.Split(" | ", StringSplitOptions.TrimEntries);
            if (cells is not [['|', ' ', '`', .. var code, '`'], var status, var means, ..]) continue;
            problems[code] = new ReferenceProblem(code, status, means.Replace("`", "", StringComparison.Ordinal));
        }
        return problems;
    }

    private static List<string> TextsOf(JsonNode? list) => [.. (list as JsonArray ?? []).Select(one => one!.ToString())];

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.None, 1000)]
    private static partial Regex Place();
}
