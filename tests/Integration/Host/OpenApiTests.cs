using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Host;

/// <summary>The description of the API against the API.</summary>
public sealed class OpenApiTests(OpenApiTests.Server server) : IClassFixture<OpenApiTests.Server>
{
    // Files to import are described by documents of their own.
    private static readonly string[] Files = ["POST /api/v1/services/import", "POST /api/v1/plans/import"];

    // What has one value, which the change names whole: there is nothing to lose.
    private static readonly string[] Settled =
    [
        "PUT /api/v1/organizations/{org}/plan", "PUT /api/v1/users/{user}/platform-role",
        "PUT /api/v1/users/{user}/external-subject", "PUT /api/v1/me/passkeys/{passkey}",
    ];

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
        Assert.True(server.Operations.Count > 90);
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
            .SelectMany(operation => operation["x-problems"]!.AsArray()).Select(code => code!.ToString());
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
            if (schema?["properties"] is not JsonObject properties || Files.Contains(name)) continue;
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

    [Fact]
    public async Task Every_body_and_answer_has_an_example_and_the_bodies_are_such_as_are_taken()
    {
        List<string> faults = [];
        foreach (var (name, operation) in server.Operations)
        {
            foreach (var (status, answer) in operation["responses"]!.AsObject().Where(one => one.Key[0] == '2'))
                if (answer!["content"]?["application/json"] is JsonObject shown && shown["example"] is null)
                    faults.Add($"{name}: no example of {status}");
            if (operation["requestBody"]?["content"]?["application/json"] is not JsonObject body) continue;
            if (body["example"] is not JsonObject example) faults.Add($"{name}: no example of the body");
            else if (!Files.Contains(name)) faults.AddRange((await server.Faults(name, example)).Select(fault => $"{name}: {fault}"));
        }
        Assert.Empty(faults);
    }

    [Fact]
    public void What_is_created_or_changed_says_how_repeats_and_other_versions_are_told()
    {
        List<string> faults = [];
        foreach (var (name, operation) in server.Operations)
        {
            var parameters = (operation["parameters"] as JsonArray ?? []).Select(one => one!["name"]!.ToString()).ToList();
            var made = operation["responses"]!["201"] is not null && operation["security"] is not null;
            // What answers a challenge is good for once alone.
            var once = operation["x-permissions"] is JsonArray and [var only] && only!.ToString() == Access.Name(Permission.SelfSecurity);
            if (made && !once && !parameters.Contains("Idempotency-Key")) faults.Add($"{name}: takes no Idempotency-Key");
            var replaces = name.StartsWith("PUT ", StringComparison.Ordinal) || name.StartsWith("PATCH ", StringComparison.Ordinal);
            if (replaces && !parameters.Contains("If-Match") && !Settled.Contains(name)) faults.Add($"{name}: takes no If-Match");
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
        // What no token has.
        private static readonly HashSet<string> OwnOnly = new(
            Access.All.Where(one => Access.LevelOf(one) == PermissionLevel.Self && !Access.Has(ActorKind.Operator, one))
                .Select(Access.Name), StringComparer.Ordinal);

        private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });
        private SluiceProcess _sluice = null!;
        private AuthenticationHeaderValue _token = null!;
        private string _cookie = "";

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
            _token = new AuthenticationHeaderValue("Bearer", token.GetProperty("secret").GetString());
            foreach (var (path, item) in Document["paths"]!.AsObject())
                foreach (var (verb, operation) in item!.AsObject())
                    Operations[$"{verb.ToUpperInvariant()} {path}"] = operation!;
            await SignIn();
        }

        // Somebody, for what only a person may do: the body is looked at after the permission.
        private async Task SignIn()
        {
            const string password = "correct horse battery staple";
            var made = await _sluice.VerbJson("user", "create", "jane@example.org");
            var token = made.GetProperty("link").GetString()!.Split("token=")[1];
            using var chosen = await _http.PostAsJsonAsync("/api/v1/auth/reset/confirm", new { token, password });
            chosen.EnsureSuccessStatusCode();
            using var begun = await _http.PostAsJsonAsync("/api/v1/auth/sign-in", new { email = "jane@example.org", password });
            begun.EnsureSuccessStatusCode();
            _cookie = begun.Headers.GetValues("Set-Cookie").Single(line => line.StartsWith("__Host-sluice=", StringComparison.Ordinal))
                .Split(';')[0];
        }

        /// <summary>What is wrong with the fields of a body, as the API tells it.</summary>
        public async Task<IReadOnlyList<string>> Faults(string operation, JsonObject body)
        {
            var parts = operation.Split(' ');
            var path = Regex.Replace(
                parts[1], @"\{(?<name>\w+)\}", place => PlaceOf(Operations[operation], place.Groups["name"].Value), RegexOptions.None,
                TimeSpan.FromSeconds(1));
            using var request = new HttpRequestMessage(new HttpMethod(parts[0]), path)
            {
                Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
            };
            var permissions = Operations[operation]["x-permissions"]?.AsArray().Select(one => one!.ToString()) ?? [];
            if (permissions.Any(OwnOnly.Contains)) request.Headers.Add("Cookie", _cookie);
            else if (permissions.Any()) request.Headers.Authorization = _token;
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            var problem = text.Length == 0 ? null : JsonNode.Parse(text);
            if (problem?["code"]?.ToString() != "api.field-invalid") return [];
            return problem["faults"] is JsonArray faults
                ? [.. faults.Select(fault => fault!.ToString())]
                : [problem["title"]!.ToString()];
        }

        // An id of the kind that the place wants, of something that is not there.
        private static string PlaceOf(JsonNode operation, string name)
        {
            var place = operation["parameters"]!.AsArray().Single(one => one!["name"]!.ToString() == name);
            return place!["schema"]?["pattern"]?.ToString() is { } pattern
                ? pattern[1..].Split('[')[0] + WireId.Encode(Guid.CreateVersion7())
                : "none";
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _sluice.DisposeAsync();
        }
    }
}
