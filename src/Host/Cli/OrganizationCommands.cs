using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class OrganizationCommands
{
    private static readonly Argument<string> Organization = new("ORGANIZATION") { Description = "Id or name." };

    public static Command Build()
    {
        var name = new Argument<string>("NAME") { Description = "Up to 100 characters." };
        var why = new Option<string?>("--why") { Description = "The reason, for the trail.", HelpName = "TEXT" };
        var user = new Argument<string>("MEMBER") { Description = "A member, by id or e-mail address." };
        return Verbs.Group("org", "Organizations: who has apps and keys, and who belongs to them.",
            Verbs.Asking("create", "Create an organization.", [name],
                (api, parsed, ct) => api.Post("organizations", new { name = parsed.GetValue(name) }, ct),
                (_, answer) => Output.Details(answer!, new("Organization", "name"), new("Id", "id"))),
            Verbs.Listing("list", "The organizations that you may see.", [], (_, _, _) => Task.FromResult("organizations"),
                "There is no organization yet. 'sluice org create NAME' makes one.",
                new("Id", "id"), new("Name", "name"), new("Your role", "role"), new("Created", "createdAt"),
                new("Suspended", "suspendedAt")),
            Changing("show", "One organization.", [], (api, path, _, ct) => api.Get(path, ct)),
            Changing("rename", "Give an organization another name.", [name],
                (api, path, parsed, ct) => api.Put(path, new { name = parsed.GetValue(name) }, ct)),
            Changing("suspend", "Refuse an organization's keys and tokens everywhere, within a second.", [why],
                (api, path, parsed, ct) => api.Post($"{path}/suspend", Reason(parsed.GetValue(why)), ct)),
            Changing("resume", "Let a suspended organization work again.", [],
                (api, path, _, ct) => api.Post($"{path}/resume", null, ct)),
            Verbs.Asking("transfer", "Make a member the owner in place of the present one.", [Organization, user],
                async (api, parsed, ct) =>
                {
                    var id = await Verbs.Organization(api, parsed.GetValue(Organization)!, ct);
                    var to = await Member(api, id, parsed.GetValue(user)!, ct);
                    return await api.Post($"organizations/{id}/transfer", new { user = to }, ct);
                },
                (_, answer) => ShowMember(answer!)),
            Verbs.Asking("leave", "Leave an organization.", [Organization],
                async (api, parsed, ct) =>
                {
                    var id = await Verbs.Organization(api, parsed.GetValue(Organization)!, ct);
                    return await api.Post($"organizations/{id}/leave", null, ct);
                },
                (parsed, _) => Output.Line($"You left {parsed.GetValue(Organization)}.")),
            Members(user));
    }

    private static Command Changing(
        string verb, string description, Symbol[] more,
        Func<ApiConnection, string, ParseResult, CancellationToken, Task<JsonNode?>> ask) =>
        Verbs.Asking(verb, description, [Organization, .. more],
            async (api, parsed, ct) => await ask(
                api, $"organizations/{await Verbs.Organization(api, parsed.GetValue(Organization)!, ct)}", parsed, ct),
            (_, answer) => Output.Details(
                answer!, new("Organization", "name"), new("Id", "id"), new("Suspended", "suspendedAt")));

    private static Command Members(Argument<string> user)
    {
        var email = new Argument<string>("EMAIL") { Description = "The address that the invitation goes to." };
        var role = new Option<string>("--role")
        {
            Description = "What they may do there.",
            DefaultValueFactory = _ => "developer",
        };
        var newRole = new Argument<string>("ROLE") { Description = "owner, admin, developer, billing or viewer." };
        string[] roles = ["owner", "admin", "developer", "billing", "viewer"];
        role.AcceptOnlyFromAmong(roles);
        newRole.AcceptOnlyFromAmong(roles);
        return Verbs.Group("member", "The members of an organization.",
            Verbs.Listing("list", "Who belongs to an organization, in which role.", [Organization],
                async (api, parsed, ct) =>
                    $"organizations/{await Verbs.Organization(api, parsed.GetValue(Organization)!, ct)}/members",
                "Nobody belongs to it yet. 'sluice org member invite ORGANIZATION EMAIL' invites somebody.",
                new("Id", "user"), new("E-mail", "email"), new("Name", "name"), new("Role", "role"), new("Since", "since")),
            Verbs.Asking("show", "One member.", [Organization, user],
                async (api, parsed, ct) =>
                {
                    var id = await Verbs.Organization(api, parsed.GetValue(Organization)!, ct);
                    return await api.Get(
                        $"organizations/{id}/members/{await Member(api, id, parsed.GetValue(user)!, ct)}", ct);
                },
                (_, answer) => ShowMember(answer!)),
            Verbs.Asking("invite", "Invite somebody by e-mail.", [Organization, email, role],
                async (api, parsed, ct) =>
                {
                    var id = await Verbs.Organization(api, parsed.GetValue(Organization)!, ct);
                    return await api.Post(
                        $"organizations/{id}/invitations",
                        new { email = parsed.GetValue(email), role = parsed.GetValue(role) }, ct);
                },
                (_, answer) => InvitationCommands.Show(answer!)),
            Verbs.Asking("role", "Give a member another role.", [Organization, user, newRole],
                async (api, parsed, ct) =>
                {
                    var id = await Verbs.Organization(api, parsed.GetValue(Organization)!, ct);
                    var who = await Member(api, id, parsed.GetValue(user)!, ct);
                    return await api.Put($"organizations/{id}/members/{who}", new { role = parsed.GetValue(newRole) }, ct);
                },
                (_, answer) => ShowMember(answer!)),
            Verbs.Asking("remove", "Take a member out of an organization.", [Organization, user],
                async (api, parsed, ct) =>
                {
                    var id = await Verbs.Organization(api, parsed.GetValue(Organization)!, ct);
                    var who = await Member(api, id, parsed.GetValue(user)!, ct);
                    return await api.Delete($"organizations/{id}/members/{who}", ct);
                },
                (parsed, _) => Output.Line($"{parsed.GetValue(user)} belongs to it no more.")));
    }

    private static void ShowMember(JsonNode answer) => Output.Details(
        answer, new("Member", "user"), new("E-mail", "email"), new("Name", "name"), new("Role", "role"));

    private static object? Reason(string? why) => why is null ? null : new { why };

    private static async Task<string> Member(ApiConnection api, string organization, string idOrEmail, CancellationToken ct)
    {
        if (idOrEmail.StartsWith("usr_", StringComparison.Ordinal)) return idOrEmail;
        var rows = await api.List($"organizations/{organization}/members", ct);
        var found = rows.Where(
            row => string.Equals(row["email"]?.ToString(), idOrEmail, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count == 1
            ? found[0]["user"]!.ToString()
            : throw new HostFault($"There is no member '{idOrEmail}'. 'sluice org member list' shows those there are.");
    }
}
