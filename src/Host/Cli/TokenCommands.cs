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
        var operators = new Option<bool>("--operator") { Description = "The operators' tokens." };
        var scope = new Option<string[]>("--scope")
        {
            Description = "A permission that it is narrowed to (usageRead). May be given several times.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "PERMISSION",
        };
        var token = new Argument<string>("TOKEN") { Description = "The token's id (tok_…), not its text." };
        var issue = new IssueOptions("token", "Command line");
        return Verbs.Group("token", "Access tokens to the API.",
            Verbs.Making("create", "Create a token. Its text is shown once.", [organization, isOperator, scope, .. issue.All],
                async (api, parsed, ct) =>
                {
                    var forOperator = parsed.GetValue(isOperator);
                    if (forOperator == parsed.GetValue(organization) is not null)
                        throw HostFault.Usage("Say for whom the token is: --org ORGANIZATION, or --operator.");
                    var body = issue.Body(parsed);
                    if (parsed.GetValue(organization) is { } given)
                        body["organization"] = await Verbs.Organization(api, given, ct);
                    body["kind"] = forOperator ? "operator" : "organization";
                    if (parsed.GetValue(scope) is { Length: > 0 } scopes)
                        body["scopes"] = new JsonArray([.. scopes.Select(one => (JsonNode)one)]);
                    return await api.Post("tokens", body, ct);
                },
                (_, answer) =>
                {
                    Output.Details(
                        answer!, new("Token", "id"), new("Organization", "organization"), new("Name", "name"),
                        new("Scopes", "scopes"), new("Expires", "expiresAt"));
                    IssueOptions.ShowSecret(answer);
                }),
            Verbs.Paging(
                "list", "The tokens of an organization, or the operators'; without both your own, if you are a person.",
                [organization, operators],
                async (api, parsed, ct) =>
                {
                    var given = parsed.GetValue(organization);
                    if (!parsed.GetValue(operators))
                        return given is null ? "tokens" : $"tokens?organization={await Verbs.Organization(api, given, ct)}";
                    return given is null
                        ? "tokens?kind=operator"
                        : throw HostFault.Usage("--org and --operator exclude each other.");
                },
                "There is no token.",
                new("Id", "id"), new("Kind", "kind"), new("Name", "name"), new("Hint", "hint"), new("Scopes", "scopes"),
                new("Created", "createdAt"), new("Expires", "expiresAt"), new("Last used", "lastUsedAt")),
            Verbs.Asking("revoke", "End a token at once.", [token],
                (api, parsed, ct) => api.Post($"tokens/{Verbs.Part(parsed, token)}/revoke", null, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(token)} is refused from now on.")));
    }
}
