using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class ServiceCommands
{
    public static Command Build()
    {
        var file = new Argument<string>("FILE") { Description = "A JSON catalog (docs/catalog.md); '-' reads standard input." };
        var name = new Argument<string>("NAME") { Description = "The service's name, as in its address." };
        return Verbs.Group("service", "What stands behind the gateway.",
            Verbs.Asking("import", "Publish the services of a catalog. A file with any fault changes nothing.", [file],
                async (api, parsed, ct) =>
                    await api.Post("services/import", await Verbs.ReadInput(parsed.GetValue(file)!, ct), ct),
                (_, answer) => ShowImport(answer)),
            Verbs.Paging("list", "All services.", [], (_, _, _) => Task.FromResult("services"),
                "There is no service yet. 'sluice service import FILE' brings some.",
                new("Name", "name"), new("Title", "title"), new("Protocol", "protocol"), new("Enabled", "enabled"),
                new("Version", "version")),
            Verbs.Asking("show", "One service with prices, limits and upstreams.", [name],
                (api, parsed, ct) => api.Get($"services/{Verbs.Part(parsed, name)}", ct),
                (_, answer) => Output.Json(answer)));
    }

    public static void ShowImport(JsonNode? answer)
    {
        Say("Published", answer?["published"]);
        Say("Unchanged", answer?["unchanged"]);
        if (Output.Rows(answer, "published").Count + Output.Rows(answer, "unchanged").Count == 0)
            Output.Line("The file holds nothing.");
        foreach (var warning in answer?["warnings"]?.AsArray() ?? []) Output.Line($"Note: {warning}");
    }

    private static void Say(string word, JsonNode? names)
    {
        var list = names?.AsArray();
        if (list is { Count: > 0 }) Output.Line($"{word}: {string.Join(", ", list.Select(name => name?.ToString()))}");
    }
}
