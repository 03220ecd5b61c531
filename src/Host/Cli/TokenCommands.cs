using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class TokenCommands
{
    public static Command Build()
    {
        var organization = new Option<string?>("--org")
        {
            Description = "The organization it speaks for, by id or name.",
            HelpName = "ORGANIZATION",
        };
        var isOperator = new Option<bool>("--operator") { Description = "An operator's token: may do everything." };
        var issue = new IssueOptions("token", "Command line");
        return Verbs.Group("token", "Access tokens to the API.",
            Verbs.Asking("create", "Create a token. Its text is shown once.", [organization, isOperator, .. issue.All],
                async (api, parsed, ct) =>
                {
                    var forOperator = parsed.GetValue(isOperator);
                    if (forOperator == parsed.GetValue(organization) is not null)
                        throw new HostFault("Say for whom the token is: --org ORGANIZATION, or --operator.");
                    var body = issue.Body(parsed);
                    if (parsed.GetValue(organization) is { } given)
                        body["organization"] = await Verbs.Organization(api, given, ct);
                    return await api.PostText("tokens", body.ToJsonString(), ct);
                },
                (_, answer) =>
                {
                    Output.Details(
                        answer!, new("Token", "id"), new("Organization", "organization"), new("Name", "name"),
                        new("Expires", "expiresAt"));
                    IssueOptions.ShowSecret(answer);
                }));
    }
}
