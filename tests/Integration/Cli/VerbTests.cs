using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sluice.Host.Cli;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Integration.Cli;

/// <summary>Every verb that asks the API, said to a server.</summary>
public sealed partial class VerbTests(VerbServer server) : IClassFixture<VerbServer>
{
    // Text that is no JSON, whatever is asked for.
    private const string Export = "GET /audit/export";

    public static TheoryData<string> Routes => [.. RouteVerbs.Routes.Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_route_of_the_verbs_is_said_here() => Assert.Equal(
        RouteVerbs.Routes.Order(StringComparer.Ordinal), VerbTable.Rows.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Verb_shows_a_person_what_the_route_answers(string route)
    {
        var (verb, saying) = Find(route);
        var ran = await server.Run(saying.Who, [.. verb, .. await saying.Words(server)]);
        Assert.True(ran.Code == ExitCodes.Done, $"exit code {ran.Code}: {ran.Error}");
        Assert.Equal("", ran.Error);
        Assert.NotEqual("", ran.Out.Trim());
        if (saying.Says is { } says) Assert.Contains(says, ran.Out, StringComparison.Ordinal);
        Assert.DoesNotMatch(Machinery(), ran.Out);
        if (!saying.ShowsSecret) Assert.DoesNotMatch(Secret(), ran.Out);
        else if (!route.Contains("/mail", StringComparison.Ordinal)) Assert.Matches(Secret(), ran.Out);
        if (saying.IsWide) return;
        Assert.All(
            ran.Out.Split('\n').Where(line => !Secret().IsMatch(line)),
            line => Assert.True(line.TrimEnd().Length <= VerbServer.Columns, $"{line.TrimEnd().Length} columns: {line}"));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Verb_answers_json_as_the_route_does(string route)
    {
        var (verb, saying) = Find(route);
        var ran = await server.Run(saying.Who, [.. verb, .. await saying.Words(server), "--json"]);
        Assert.True(ran.Code == ExitCodes.Done, $"exit code {ran.Code}: {ran.Error}");
        if (route == Export)
        {
            Assert.All(ran.Out.Trim().Split('\n'), line => Assert.NotNull(JsonNode.Parse(line)!["number"]));
            return;
        }
        if (!saying.ShowsSecret) Assert.DoesNotMatch(Secret(), ran.Out);
        var operation = Operation(route);
        var example = operation["responses"]!.AsObject().Where(one => one.Key[0] == '2')
            .Select(one => one.Value?["content"]?["application/json"]?["example"]).FirstOrDefault();
        List<string> faults = [];
        Compare(example, ran.Json, "", faults);
        Assert.Empty(faults);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Verb_says_in_one_line_what_is_wrong(string route)
    {
        var (verb, saying) = Find(route);
        var words = await saying.Words(server);
        Wrong(await server.Run(saying.Who, [.. verb, .. words, "--colour", "red"]), ExitCodes.Usage);
        Wrong(await VerbServer.RunBare([.. verb, .. words, .. server.At("slc_at_wrong")]), ExitCodes.Failed);
        if (words.Length == 0 || words[0].StartsWith('-')) return;
        Wrong(await server.Run(saying.Who, [.. verb, saying.Wrong, .. words[1..]]), ExitCodes.Failed);
        Wrong(await server.Run(saying.Who, [.. verb, "", .. words[1..]]), ExitCodes.Usage);
        if (route is not "POST /notices/{notice}/read") Wrong(await server.Run(saying.Who, verb), ExitCodes.Usage);
    }

    [Fact]
    public async Task Every_list_by_pages_goes_on_where_it_ended()
    {
        List<string> faults = [];
        foreach (var route in RouteVerbs.Routes.Where(route => route.StartsWith("GET ", StringComparison.Ordinal)))
        {
            var names = (Operation(route)["parameters"] as JsonArray ?? []).Select(one => one!["name"]!.ToString()).ToList();
            if (!names.Contains("after")) continue;
            var (verb, saying) = Find(route);
            var help = await VerbServer.RunBare([.. verb, "--help"]);
            if (!help.Out.Contains("--after", StringComparison.Ordinal) || !help.Out.Contains("--limit", StringComparison.Ordinal))
                faults.Add(route);
        }
        Assert.Empty(faults);
        for (var i = 0; i < 3; i++) await server.Make("organizations", new { name = server.Unique("Page") });
        var all = Rows(await server.Run(Who.Operator, "org", "list", "--json"));
        List<string> seen = [];
        string? next = null;
        do
        {
            string[] after = next is null ? [] : ["--after", next];
            var page = await server.Run(Who.Operator, ["org", "list", "--limit", "2", "--json", .. after]);
            Assert.InRange(page.Json!["data"]!.AsArray().Count, 1, 2);
            seen.AddRange(Rows(page));
            next = page.Json!["next"]?.ToString();
        }
        while (next is not null);
        Assert.Equal(all, seen);
        Wrong(await server.Run(Who.Operator, "org", "list", "--limit", "0"), ExitCodes.Usage);
        Wrong(await server.Run(Who.Operator, "org", "list", "--limit", "many"), ExitCodes.Usage);
    }

    [Fact]
    public async Task Creation_happens_once_under_one_key()
    {
        List<string> faults = [];
        foreach (var route in RouteVerbs.Routes)
        {
            var names = (Operation(route)["parameters"] as JsonArray ?? []).Select(one => one!["name"]!.ToString()).ToList();
            var help = await VerbServer.RunBare([.. Find(route).Verb, "--help"]);
            if (names.Contains("Idempotency-Key") != help.Out.Contains("--idempotency-key", StringComparison.Ordinal))
                faults.Add(route);
        }
        Assert.Empty(faults);
        string[] once = ["org", "create", server.Unique("Once"), "--idempotency-key", "one", "--json"];
        Assert.Equal((await server.Run(Who.Operator, once)).Out, (await server.Run(Who.Operator, once)).Out);
        once[2] = "Another";
        Wrong(await server.Run(Who.Operator, once[..^1]), ExitCodes.Failed);
    }

    [Fact]
    public async Task Edit_keeps_what_is_not_given()
    {
        var app = await server.Make($"organizations/{server.Organization}/apps", new { name = server.Unique("Edited") });
        await server.Run(Who.Operator, "app", "limits", app, "--soft", "--requests-per-second", "7");
        var limits = (await server.Run(Who.Operator, "app", "limits", app, "--daily-units", "9", "--json")).Json!;
        Assert.Equal(("soft", 7, 9), ($"{limits["cap"]}", (int)limits["requestsPerSecond"]!, (int)limits["dailyUnits"]!));
        limits = (await server.Run(Who.Operator, "app", "limits", app, "--hard", "--json")).Json!;
        Assert.Equal(("hard", 7), ($"{limits["cap"]}", (int)limits["requestsPerSecond"]!));
        limits = (await server.Run(Who.Operator, "app", "limits", app, "--clear", "--json")).Json!;
        Assert.Null(limits["requestsPerSecond"]);

        await server.Run(Who.Operator, "app", "rules", app, "--method", "eth_*");
        var rules = (await server.Run(Who.Operator, "app", "rules", app, "--service", "self", "--json")).Json!;
        Assert.Equal("eth_*", $"{rules["methods"]![0]}");
        Assert.Equal("self", $"{rules["services"]![0]}");

        var webhook = (await server.Run(
            Who.Operator, "webhook", "create", "Home", "https://hooks.example.com/1", "--description", "First", "--json")).Json!;
        var edited = (await server.Run(
            Who.Operator, "webhook", "edit", $"{webhook["webhook"]!["id"]}", "--url", "https://hooks.example.com/2", "--json")).Json!;
        Assert.Equal(("First", "https://hooks.example.com/2"), ($"{edited["description"]}", $"{edited["url"]}"));
        Wrong(await server.Run(Who.Operator, "webhook", "edit", $"{edited["id"]}", "--on", "--off"), ExitCodes.Usage);

        foreach (var (kind, option, value) in new[] { ("usage", "--units", "70"), ("errors", "--percent", "7"), ("quota", "--percent", "70") })
        {
            var made = (await server.Run(
                Who.Operator, "alert", "create", "Home", server.Unique("Kind"), "--kind", kind, option, value, "--json")).Json!;
            var name = server.Unique("Other");
            var rule = (await server.Run(Who.Operator, "alert", "edit", $"{made["id"]}", "--name", name, "--json")).Json!.AsObject();
            Assert.Equal(name, $"{rule["name"]}");
            foreach (var (field, was) in made.AsObject().Where(one => one.Key != "name"))
                Assert.Equal(was?.ToJsonString(), rule[field]?.ToJsonString());
        }
    }

    [Theory]
    [InlineData("alert edit alr_1 --name Other")]
    [InlineData("webhook edit whk_1 --url https://hooks.example.com")]
    [InlineData("app rules app_1 --method eth_*")]
    [InlineData("app limits app_1 --daily-units 5")]
    public async Task Edit_is_refused_when_somebody_else_was_faster(string line)
    {
        const string thing = """{"name": "x", "kind": "quota", "url": "https://a.example.com", "types": ["*"], "description": ""}""";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var stand = builder.Build();
        stand.Urls.Add("http://127.0.0.1:0");
        stand.Run(async http =>
        {
            var put = HttpMethods.IsPut(http.Request.Method);
            if (!put) http.Response.Headers.ETag = "\"7\"";
            else if (http.Request.Headers.IfMatch == "\"7\"") http.Response.StatusCode = 412;
            await http.Response.WriteAsync(put ? """{"title": "It was changed since you read it."}""" : thing);
        });
        await stand.StartAsync(TestContext.Current.CancellationToken);
        var ran = await VerbServer.RunBare([.. line.Split(' '), "--server", stand.Urls.Single(), "--token", "slc_at_x"]);
        Wrong(ran, ExitCodes.Failed);
        Assert.Contains("It was changed since you read it.", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Misspelt_option_is_no_rule()
    {
        var ran = await server.Run(Who.Operator, "app", "rules", server.App, "--method", "eth_*", "--orgin", "https://shop.example");
        Wrong(ran, ExitCodes.Usage);
        Assert.Contains("--orgin is no option here.", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_that_name_something_are_printed_as_they_are_said()
    {
        var fact = await server.Sql("""
            INSERT INTO jobs.outbox (id, fact, subscriber, body, recorded_at, due_at, attempts, last_error, given_up_at)
            OVERRIDING SYSTEM VALUE
            VALUES (1234567, 'tests.fact', 'tests.nobody', '{}', now(), now(), 9, 'planted', now()) RETURNING id
            """);
        var listed = await server.Run(Who.Operator, "fact", "list");
        Assert.Contains($"{fact}", listed.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await server.Run(Who.Operator, "fact", "retry", $"{fact}")).Code);
    }

    [Theory]
    [InlineData("org list", "is not reached")]
    public async Task Nobody_there_is_another_exit_code(string line, string says)
    {
        var ran = await VerbServer.RunBare([.. line.Split(' '), "--server", "http://127.0.0.1:1", "--token", "slc_at_x"]);
        Wrong(ran, ExitCodes.NotReached);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("org list")]
    [InlineData("me show", 1)]
    [InlineData("notice list", 1)]
    [InlineData("audit verify")]
    [InlineData("user list --json")]
    [InlineData("webhook create Home https://hooks.example.com/local --idempotency-key local --json")]
    public async Task Verb_works_on_this_machine_too(string line, int code = 0)
    {
        try
        {
            Assert.NotEqual("", await server.Sluice.Verb(line.Split(' ')));
            Assert.Equal(0, code);
        }
        catch (InvalidOperationException refused)
        {
            Assert.Contains($"ended with {code}", refused.Message, StringComparison.Ordinal);
            Assert.Contains("sluice: ", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotMatch(Machinery(), refused.Message);
        }
    }

    private static (string[] Verb, Saying Saying) Find(string route)
    {
        var parts = route.Split(' ');
        return (RouteVerbs.Find(parts[0], parts[1])!.Split(' '), VerbTable.Rows[route]);
    }

    private JsonNode Operation(string route)
    {
        var parts = route.Split(' ');
        return server.Document["paths"]![$"/api/v1{parts[1]}"]![parts[0].ToLowerInvariant()]!;
    }

    private static IEnumerable<string> Rows(Ran ran) => ran.Json!["data"]!.AsArray().Select(row => row!["id"]!.ToString());

    private static void Wrong(Ran ran, int code)
    {
        Assert.True(ran.Code == code, $"exit code {ran.Code} in place of {code}: {ran.Error}{ran.Out}");
        Assert.Equal("", ran.Out);
        Assert.StartsWith("sluice: ", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotMatch(Machinery(), ran.Error);
        // One line, and a further one for each of several faults.
        Assert.All(ran.Error.TrimEnd().Split('\n')[1..], line => Assert.StartsWith("  - ", line, StringComparison.Ordinal));
    }

    // Whatever the example of the description has, the answer has.
    private static void Compare(JsonNode? example, JsonNode? answer, string at, List<string> faults)
    {
        if (example is JsonArray { Count: > 0 } some && answer is JsonArray { Count: > 0 } rows) Compare(some[0], rows[0], $"{at}[0]", faults);
        if (example is not JsonObject fields) return;
        if (answer is null && at.Length > 0) return;
        if (answer is not JsonObject thing)
        {
            faults.Add($"{at} is {answer?.ToJsonString() ?? "nothing"}");
            return;
        }
        foreach (var (name, value) in fields)
        {
            if (!thing.ContainsKey(name)) faults.Add($"{at}.{name} is missing");
            else Compare(value, thing[name], $"{at}.{name}", faults);
        }
    }

    [GeneratedRegex(@"(\b(System|Sluice|Npgsql|Microsoft)\.[A-Z])|(\n\s+at )|Exception|`\d|JsonObject", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Machinery();

    [GeneratedRegex(@"slc_(sk|pk|at)_[0-9A-Za-z]{38}|whsec_[0-9A-Za-z+/=]{20}|token=[0-9A-Za-z_-]{20}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Secret();
}
