using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class AlertCommands
{
    public static Command Build()
    {
        var organization = new Argument<string>("ORGANIZATION") { Description = "Id or name." };
        var alert = new Argument<string>("ALERT") { Description = "The rule's id (alr_…)." };
        return Verbs.Group("alert", "Alert rules: when an organization wants to be told of its usage.",
            Verbs.Listing("list", "The alert rules of an organization.", [organization],
                async (api, parsed, ct) =>
                    $"organizations/{await Verbs.Organization(api, parsed.GetValue(organization)!, ct)}/alerts",
                "There is no alert rule yet. 'sluice alert create ORGANIZATION NAME --kind quota' makes one.",
                new("Id", "id"), new("Name", "name"), new("Kind", "kind"), new("Period", "period"), new("Units", "units"),
                new("Percents", "percents"), new("Channels", "channels"), new("Last", "lastAt")),
            Create(organization),
            Verbs.Asking("delete", "Delete an alert rule.", [alert],
                (api, parsed, ct) => api.Delete($"alerts/{parsed.GetValue(alert)}", ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(alert)} is gone.")));
    }

    private static Command Create(Argument<string> organization)
    {
        var name = new Argument<string>("NAME") { Description = "What the rule is called." };
        var kind = new Option<string>("--kind") { Description = "usage, errors or quota.", Required = true, HelpName = "KIND" };
        var period = new Option<string?>("--period") { Description = "hour, day (default) or month.", HelpName = "PERIOD" };
        var units = new Option<long?>("--units") { Description = "Of usage: told at so many units.", HelpName = "N" };
        var percents = new Option<int[]>("--percent")
        {
            Description = "Of quota: a level (default 50, 80, 100). Of errors: the share. May be given several times.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "N",
        };
        var window = new Option<int?>("--window") { Description = "Of errors: minutes looked back, default 15.", HelpName = "N" };
        var calls = new Option<long?>("--calls-min")
        {
            Description = "Of errors: with fewer calls nothing is told.",
            HelpName = "N",
        };
        var channels = new Option<string[]>("--channel")
        {
            Description = "inbox, mail or webhook (default inbox and mail). May be given several times.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "WAY",
        };
        return Verbs.Asking("create", "Create an alert rule.",
            [organization, name, kind, period, units, percents, window, calls, channels],
            async (api, parsed, ct) =>
            {
                var body = new JsonObject { ["name"] = parsed.GetValue(name), ["kind"] = parsed.GetValue(kind) };
                if (parsed.GetValue(period) is { } span) body["period"] = span;
                if (parsed.GetValue(units) is { } most) body["units"] = most;
                if (parsed.GetValue(percents) is { Length: > 0 } levels) body["percents"] = new JsonArray([.. levels]);
                if (parsed.GetValue(window) is { } minutes) body["windowMinutes"] = minutes;
                if (parsed.GetValue(calls) is { } least) body["callsMin"] = least;
                if (parsed.GetValue(channels) is { Length: > 0 } ways) body["channels"] = new JsonArray([.. ways]);
                var id = await Verbs.Organization(api, parsed.GetValue(organization)!, ct);
                return await api.PostText($"organizations/{id}/alerts", body.ToJsonString(), ct);
            },
            (_, answer) => Output.Details(answer!, new("Alert", "id"), new("Name", "name"), new("Kind", "kind")));
    }
}
