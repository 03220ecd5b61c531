using System.CommandLine;

namespace Sluice.Host.Cli;

internal static class OrganizationCommands
{
    public static Command Build()
    {
        var name = new Argument<string>("NAME") { Description = "Up to 100 characters, taken once." };
        return Verbs.Group("org", "Organizations: who has apps and keys.",
            Verbs.Asking("create", "Create an organization.", [name],
                (api, parsed, ct) => api.Post("organizations", new { name = parsed.GetValue(name) }, ct),
                (_, answer) => Output.Details(answer!, new("Organization", "name"), new("Id", "id"))),
            Verbs.Listing("list", "All organizations.", [], (_, _, _) => Task.FromResult("organizations"),
                "There is no organization yet. 'sluice org create NAME' makes one.",
                new("Id", "id"), new("Name", "name"), new("Created", "createdAt")));
    }
}
