using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class AlertCommands
{
    private static readonly string[] Fields =
        ["name", "kind", "period", "units", "percents", "windowMinutes", "callsMin", "channels"];

    public static Command Build()
    {
        var organization = new Argument<string>("ORGANIZATION") { Description = "Id or name." };
        var alert = new Argument<string>("ALERT") { Description = "The rule's id (alr_…)." };
        return Verbs.Group("alert", "Alert rules: when an organization wants to be told of its usage.",
            Verbs.Listing("list", "The alert rules of an organization.", [organization],
                async (api, parsed, ct) => $"{await Verbs.PathOf(api, parsed, organization, ct)}/alerts",
                "There is no alert rule yet. 'sluice alert create ORGANIZATION NAME --kind quota' makes one.",
                new("Id", "id"), new("Name", "name"), new("Kind", "kind"), new("Period", "period"), new("Units", "units"),
                new("Percents", "percents"), new("Channels", "channels"), new("Last", "lastAt")),
            Create(organization),
            Verbs.Asking("show", "One alert rule.", [alert],
                (api, parsed, ct) => api.Get($"alerts/{Verbs.Part(parsed, alert)}", ct), (_, answer) => Show(answer!)),
            Edit(alert),
            Verbs.Asking("delete", "Delete an alert rule.", [alert],
                (api, parsed, ct) => api.Delete($"alerts/{Verbs.Part(parsed, alert)}", ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(alert)} is gone.")));
    }

    private static Command Create(Argument<string> organization)
    {
        var name = new Argument<string>("NAME") { Description = "What the rule is called." };
        var kind = new Option<string>("--kind") { Description = "usage, errors or quota.", Required = true, HelpName = "KIND" };
        var rule = new RuleOptions();
        return Verbs.Making("create", "Create an alert rule.", [organization, name, kind, .. rule.All],
            async (api, parsed, ct) =>
            {
                var body = new JsonObject { ["name"] = parsed.GetValue(name), ["kind"] = parsed.GetValue(kind) };
                rule.Into(body, parsed);
                return await api.Post($"{await Verbs.PathOf(api, parsed, organization, ct)}/alerts", body, ct);
            },
            (_, answer) => Show(answer!));
    }

    private static Command Edit(Argument<string> alert)
    {
        var name = new Option<string?>("--name") { Description = "What the rule is called.", HelpName = "NAME" };
        var rule = new RuleOptions();
        return Verbs.Asking("edit", "Change an alert rule; what is not given stays.", [alert, name, .. rule.All],
            (api, parsed, ct) => api.Edit($"alerts/{Verbs.Part(parsed, alert)}", now =>
            {
                var body = new JsonObject();
                // What the rule's kind has no use for stands there as null, and is left out.
                foreach (var field in Fields)
                    if (now[field] is { } value) body[field] = value.DeepClone();
                if (parsed.GetValue(name) is { } other) body["name"] = other;
                rule.Into(body, parsed);
                return body;
            }, ct),
            (_, answer) => Show(answer!));
    }

    private static void Show(JsonNode answer) => Output.Details(
        answer, new("Alert", "id"), new("Name", "name"), new("Kind", "kind"), new("Period", "period"), new("Units", "units"),
        new("Percents", "percents"), new("Window, min", "windowMinutes"), new("Calls at least", "callsMin"),
        new("Channels", "channels"), new("Last", "lastAt"));

    /// <summary>What a rule looks at and how it is told, as both verbs take it.</summary>
    private sealed class RuleOptions
    {
        private readonly Option<string?> _period = new("--period")
        {
            Description = "hour, day (default) or month.",
            HelpName = "PERIOD",
        };

        private readonly Option<long?> _units = new("--units")
        {
            Description = "Of usage: told at so many units.",
            HelpName = "N",
        };

        private readonly Option<int[]> _percents = new("--percent")
        {
            Description = "Of quota: a level (default 50, 80, 100). Of errors: the share. May be given several times.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "N",
        };

        private readonly Option<int?> _window = new("--window")
        {
            Description = "Of errors: minutes looked back, default 15.",
            HelpName = "N",
        };

        private readonly Option<long?> _calls = new("--calls-min")
        {
            Description = "Of errors: with fewer calls nothing is told.",
            HelpName = "N",
        };

        private readonly Option<string[]> _channels = new("--channel")
        {
            Description = "inbox, mail or webhook (default inbox and mail). May be given several times.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "WAY",
        };

        public Symbol[] All => [_period, _units, _percents, _window, _calls, _channels];

        public void Into(JsonObject body, ParseResult parsed)
        {
            if (parsed.GetValue(_period) is { } span) body["period"] = span;
            if (parsed.GetValue(_units) is { } most) body["units"] = most;
            if (parsed.GetValue(_percents) is { Length: > 0 } levels) body["percents"] = new JsonArray([.. levels]);
            if (parsed.GetValue(_window) is { } minutes) body["windowMinutes"] = minutes;
            if (parsed.GetValue(_calls) is { } least) body["callsMin"] = least;
            if (parsed.GetValue(_channels) is { Length: > 0 } ways) body["channels"] = new JsonArray([.. ways]);
        }
    }
}
