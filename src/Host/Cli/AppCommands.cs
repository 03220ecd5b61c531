using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class AppCommands
{
    public static Command Build()
    {
        var organization = new Argument<string>("ORGANIZATION") { Description = "Id or name." };
        var name = new Argument<string>("NAME") { Description = "What the app is called." };
        return Verbs.Group("app", "Apps: what keys belong to, with their rules and limits.",
            Verbs.Making("create", "Create an app.", [organization, name],
                async (api, parsed, ct) => await api.Post(
                    $"{await Verbs.PathOf(api, parsed, organization, ct)}/apps", new { name = parsed.GetValue(name) }, ct),
                (_, answer) => Output.Details(answer!, new("App", "name"), new("Id", "id"))),
            Verbs.Paging("list", "The apps of an organization.", [organization],
                async (api, parsed, ct) => $"{await Verbs.PathOf(api, parsed, organization, ct)}/apps",
                "There is no app yet. 'sluice app create ORGANIZATION NAME' makes one.",
                new("Id", "id"), new("Name", "name"), new("Rules", "rules"), new("Limits", "limits"),
                new("Created", "createdAt")),
            Show(), Rules(), Limits());
    }

    private static Command Show()
    {
        var app = new Argument<string>("APP") { Description = "The app's id." };
        return Verbs.Asking("show", "One app with its rules and limits.", [app],
            (api, parsed, ct) => api.Get($"apps/{Verbs.Part(parsed, app)}", ct),
            (_, answer) => Output.Details(
                answer!, new("App", "name"), new("Id", "id"), new("Organization", "organization"), new("Rules", "rules"),
                new("Limits", "limits"), new("Created", "createdAt")));
    }

    private static Command Rules()
    {
        var app = new Argument<string>("APP") { Description = "The app's id." };
        var file = new Option<string?>("--set")
        {
            Description = "Replace all rules by those of a JSON file; '-' reads standard input.",
            HelpName = "FILE",
        };
        var clear = new Option<bool>("--clear") { Description = "Remove all rules that are not given here." };
        (string Name, Option<string[]> Option)[] types =
        [
            ("services", Values("--service", "A service that may be called.")),
            ("methods", Values("--method", "A JSON-RPC method; * matches any run of characters.")),
            ("contracts", Values("--contract", "A contract address that may be touched.")),
            ("origins", Values("--origin", "An origin of a web page (https://app.example).")),
            ("userAgents", Values("--user-agent", "A user agent; * matches any run of characters.")),
            ("networks", Values("--network", "An address or a network (10.0.0.0/8).")),
        ];
        return Verbs.Asking("rules",
            "Show or change an app's rules. Values of one type are alternatives; types must all hold. Given types "
                + "replace those of the app.",
            [app, file, clear, .. types.Select(type => (Symbol)type.Option)],
            async (api, parsed, ct) =>
            {
                var path = $"apps/{Verbs.Part(parsed, app)}/rules";
                if (parsed.GetValue(file) is { } source) return await api.Put(path, await Verbs.ReadInput(source, ct), ct);
                var given = types.Where(type => parsed.GetValue(type.Option) is { Length: > 0 }).ToList();
                if (given.Count == 0 && !parsed.GetValue(clear)) return await api.Get(path, ct);
                return await api.Edit(path, now =>
                {
                    if (parsed.GetValue(clear)) now.Clear();
                    foreach (var (name, option) in given)
                        now[name] = new JsonArray([.. parsed.GetValue(option)!.Select(value => (JsonNode)value)]);
                    return now;
                }, ct);
            },
            (_, answer) => ShowRules(answer!));
    }

    private static Command Limits()
    {
        var app = new Argument<string>("APP") { Description = "The app's id." };
        var clear = new Option<bool>("--clear") { Description = "Set the limits to those given here, and no others." };
        var limits = new LimitOptions();
        return Verbs.Asking("limits", "Show or change an app's limits.", [app, clear, .. limits.All],
            async (api, parsed, ct) =>
            {
                var path = $"apps/{Verbs.Part(parsed, app)}/limits";
                var given = limits.Read(parsed);
                if (given.Count == 0 && !parsed.GetValue(clear)) return await api.Get(path, ct);
                return await api.Edit(path, now =>
                {
                    if (parsed.GetValue(clear)) now.Clear();
                    foreach (var (name, value) in given) now[name] = value?.DeepClone();
                    return now;
                }, ct);
            },
            (_, answer) => LimitOptions.Show(answer!));
    }

    private static void ShowRules(JsonNode rules)
    {
        if (rules.AsObject().All(type => type.Value is not JsonArray { Count: > 0 })) Output.Line("No rules: any call may pass.");
        else
            Output.Details(
                rules, new("Services", "services"), new("Methods", "methods"), new("Contracts", "contracts"),
                new("Origins", "origins"), new("User agents", "userAgents"), new("Networks", "networks"));
    }

    private static Option<string[]> Values(string name, string description) =>
        new(name)
        {
            Description = description + " May be given several times.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "VALUE",
        };
}
