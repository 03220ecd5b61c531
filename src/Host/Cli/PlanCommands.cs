using System.CommandLine;

namespace Sluice.Host.Cli;

internal static class PlanCommands
{
    public static Command Build()
    {
        var file = new Argument<string>("FILE") { Description = "JSON with plans (docs/catalog.md); '-' reads standard input." };
        var organization = new Argument<string>("ORGANIZATION") { Description = "Id or name." };
        var plan = new Argument<string>("PLAN") { Description = "The plan's name." };
        return Verbs.Group("plan", "What organizations may use.",
            Verbs.Asking("import", "Publish the plans of a file. A file with any fault changes nothing.", [file],
                async (api, parsed, ct) =>
                    await api.Post("plans/import", await Verbs.ReadInput(parsed.GetValue(file)!, ct), ct),
                (_, answer) => ServiceCommands.ShowImport(answer)),
            Verbs.Listing("list", "All plans.", [], (_, _, _) => Task.FromResult("plans"), "There is no plan yet.",
                new("Name", "name"), new("Title", "title"), new("Version", "version"),
                new("Requests/s", "limits.requestsPerSecond"), new("Units/s", "limits.unitsPerSecond"),
                new("Units/day", "limits.dailyUnits"), new("Units/month", "limits.monthlyUnits")),
            Verbs.Asking("assign", "Put an organization on a plan.", [organization, plan],
                async (api, parsed, ct) =>
                    await api.Put(
                        $"{await Verbs.PathOf(api, parsed, organization, ct)}/plan", new { plan = parsed.GetValue(plan) }, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(organization)} is on {parsed.GetValue(plan)} now.")));
    }
}
