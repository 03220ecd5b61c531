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
        var name = new Option<string>("--name")
        {
            Description = "What the token is for.",
            DefaultValueFactory = _ => "Command line",
            HelpName = "NAME",
        };
        var expires = new Option<string?>("--expires-in")
        {
            Description = "When it ends by itself: 24h, 30d. Default: never.",
            HelpName = "TIME",
        };
        return Verbs.Group("token", "Access tokens to the API.",
            Verbs.Asking("create", "Create a token. Its text is shown once.", [organization, isOperator, name, expires],
                async (api, parsed, ct) =>
                {
                    var forOperator = parsed.GetValue(isOperator);
                    if (forOperator == parsed.GetValue(organization) is not null)
                        throw new HostFault("Say for whom the token is: --org ORGANIZATION, or --operator.");
                    var body = new JsonObject { ["name"] = parsed.GetValue(name) };
                    if (parsed.GetValue(organization) is { } given)
                        body["organization"] = await Verbs.Organization(api, given, ct);
                    if (parsed.GetValue(expires) is { } span)
                        body["expiresAt"] = Verbs.Iso(TimeProvider.System.GetUtcNow() + Verbs.Span(span));
                    return await api.PostText("tokens", body.ToJsonString(), ct);
                },
                (_, answer) =>
                {
                    Output.Details(
                        answer!, new("Token", "id"), new("Organization", "organization"), new("Name", "name"),
                        new("Expires", "expiresAt"));
                    Output.Line("");
                    Output.Line(answer?["secret"]?.ToString() ?? "");
                    Output.Line("");
                    Output.Line("Keep it now: only its hash is stored.");
                }));
    }
}
