using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Host;

/// <summary>The description of the API against the API.</summary>
public sealed class OpenApiTests(OpenApiTests.Server server) : IClassFixture<OpenApiTests.Server>
{
    // Rooms whose routes are described whole.
    private static readonly string[] Described = ["Audit", "Catalog", "Keys", "Metering"];

    [Fact]
    public void Every_operation_says_what_it_does_who_may_and_what_it_answers()
    {
        List<string> faults = [];
        foreach (var (name, operation) in server.Operations)
        {
            if (operation["operationId"] is null) faults.Add($"{name}: no operationId");
            if (operation["summary"]?.ToString() is not { Length: > 10 }) faults.Add($"{name}: no summary");
            if (operation["security"] is not null
                && !(operation["description"]?.ToString() ?? "").Contains("Needs the permission `", StringComparison.Ordinal))
                faults.Add($"{name}: names no permission");
            var answers = operation["responses"]!.AsObject();
            if (!answers.Any(answer => answer.Key[0] == '2')) faults.Add($"{name}: no answer");
            if (answers["default"]?["content"]?["application/problem+json"] is null) faults.Add($"{name}: no refusal");
            if (operation["requestBody"] is null && name.StartsWith("PUT", StringComparison.Ordinal))
                faults.Add($"{name}: no body");
        }
        Assert.Empty(faults);
        Assert.True(server.Operations.Count > 20);
        var ids = server.Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject())
            .Select(one => one.Value!["operationId"]?.ToString()).ToList();
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Every_reference_leads_somewhere_and_no_shape_is_empty()
    {
        var schemas = server.Document["components"]!["schemas"]!.AsObject();
        List<string> faults = [];
        Walk(server.Document, "#");
        Assert.Empty(faults);

        void Walk(JsonNode? node, string path)
        {
            if (node is JsonArray items)
            {
                for (var i = 0; i < items.Count; i++) Walk(items[i], $"{path}/{i}");
            }
            if (node is not JsonObject thing) return;
            if (thing["$ref"]?.ToString() is { } reference
                && !(reference.StartsWith("#/components/schemas/", StringComparison.Ordinal)
                    && schemas.ContainsKey(reference["#/components/schemas/".Length..])))
                faults.Add($"{path}: {reference}");
            // Whatever an id is made of is nobody's business: it is a text.
            if (thing["properties"] is JsonObject properties && properties.ContainsKey("value") && properties.Count == 1)
                faults.Add($"{path}: an id shows its inside");
            foreach (var (name, child) in thing) Walk(child, $"{path}/{name}");
        }
    }

    [Fact]
    public void Every_code_of_a_refusal_is_documented()
    {
        var codes = server.Operations.Values
            .SelectMany(operation => (operation["description"]?.ToString() ?? "").Split('`'))
            .Where(part => part.Length > 2 && part.Contains('.', StringComparison.Ordinal))
            .Where(part => !part.Contains(' ', StringComparison.Ordinal));
        Assert.All(codes, code => Assert.Contains($"`{code}`", server.Problems, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_field_that_is_described_is_read_and_no_other_is()
    {
        List<string> faults = [];
        foreach (var (name, operation) in server.Operations)
        {
            var schema = Resolve(operation["requestBody"]?["content"]?["application/json"]?["schema"]);
            // A file to import is described by its own document.
            if (schema?["properties"] is not JsonObject properties) continue;
            var all = new JsonObject();
            foreach (var (field, shape) in properties) all[field] = Sample(Resolve(shape)!);
            var told = await server.Faults(name, all);
            faults.AddRange(told.Where(fault => fault.Contains("unknown", StringComparison.Ordinal)).Select(f => $"{name}: {f}"));
            var strange = all.DeepClone().AsObject();
            strange["zzz"] = 1;
            if (!(await server.Faults(name, strange)).Any(fault => fault.StartsWith("zzz", StringComparison.Ordinal)))
                faults.Add($"{name}: takes a field that nobody described");
            foreach (var required in schema["required"]?.AsArray() ?? [])
            {
                var without = all.DeepClone().AsObject();
                var field = required!.ToString();
                without.Remove(field);
                if (!(await server.Faults(name, without)).Any(fault => fault.StartsWith(field, StringComparison.Ordinal)))
                    faults.Add($"{name}: {field} is described as required and is not");
            }
        }
        Assert.Empty(faults);
    }

    private JsonNode? Resolve(JsonNode? schema)
    {
        if (schema?["oneOf"] is JsonArray choices)
            schema = choices.FirstOrDefault(choice => choice?["type"]?.ToString() != "null");
        return schema?["$ref"]?.ToString() is { } reference
            ? server.Document["components"]!["schemas"]![reference[(reference.LastIndexOf('/') + 1)..]]
            : schema;
    }

    private static JsonNode? Sample(JsonNode schema)
    {
        if (schema["enum"] is JsonArray choices) return choices.First(choice => choice is not null)!.DeepClone();
        var type = schema["type"] is JsonArray types
            ? types.First(one => one!.ToString() != "null")!.ToString()
            : schema["type"]?.ToString();
        return type switch
        {
            "string" => schema["format"]?.ToString() == "date-time" ? "2999-01-01T00:00:00Z"
                : schema["examples"] is JsonArray { Count: > 0 } examples ? examples[0]!.DeepClone() : "text",
            "integer" => 1,
            "boolean" => true,
            "array" => new JsonArray(),
            _ => new JsonObject(),
        };
    }

    public sealed class Server : IAsyncLifetime
    {
        private readonly HttpClient _http = new();
        private SluiceProcess _sluice = null!;

        public JsonNode Document { get; private set; } = null!;

        /// <summary>The page about refusals.</summary>
        public string Problems { get; private set; } = "";

        /// <summary>By verb and path.</summary>
        public Dictionary<string, JsonNode> Operations { get; } = new(StringComparer.Ordinal);

        public async ValueTask InitializeAsync()
        {
            _sluice = await SluiceProcess.Start(new SluiceOptions());
            _http.BaseAddress = _sluice.BaseUrl;
            Document = JsonNode.Parse(await _http.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)))!;
            Problems = await _http.GetStringAsync(new Uri("/docs/problems.md", UriKind.Relative));
            var token = await _sluice.VerbJson("token", "create", "--operator", "--name", "test");
            _http.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Bearer", token.GetProperty("secret").GetString());
            foreach (var (path, item) in Document["paths"]!.AsObject())
                foreach (var (verb, operation) in item!.AsObject())
                    if (Described.Contains(operation!["tags"]?[0]?.ToString(), StringComparer.Ordinal))
                        Operations[$"{verb.ToUpperInvariant()} {path}"] = operation;
        }

        /// <summary>What is wrong with the fields of a body, as the API tells it.</summary>
        public async Task<IReadOnlyList<string>> Faults(string operation, JsonObject body)
        {
            var parts = operation.Split(' ');
            var path = parts[1]
                .Replace("{org}", WireId.New<OrganizationId>().ToString(), StringComparison.Ordinal)
                .Replace("{app}", WireId.New<AppId>().ToString(), StringComparison.Ordinal)
                .Replace("{key}", WireId.New<KeyId>().ToString(), StringComparison.Ordinal);
            using var request = new HttpRequestMessage(new HttpMethod(parts[0]), path)
            {
                Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
            };
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            var problem = text.Length == 0 ? null : JsonNode.Parse(text);
            if (problem?["code"]?.ToString() != "api.field-invalid") return [];
            return problem["faults"] is JsonArray faults
                ? [.. faults.Select(fault => fault!.ToString())]
                : [problem["title"]!.ToString()];
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _sluice.DisposeAsync();
        }
    }
}
