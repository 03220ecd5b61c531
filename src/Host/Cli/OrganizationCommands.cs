using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class OrganizationCommands
{
    public static Command Build()
    {
        var organization = new Argument<string>("ORGANIZATION") { Description = "Id or name." };
        var name = new Argument<string>("NAME") { Description = "Up to 100 characters." };
        var why = new Option<string?>("--why") { Description = "The reason, for the trail.", HelpName = "TEXT" };
        var user = new Argument<string>("MEMBER") { Description = "A member, by id or e-mail address." };
        return Verbs.Group("org", "Organizations: who has apps and keys, and who belongs to them.",
            Verbs.Making("create", "Create an organization.", [name],
                (api, parsed, ct) => api.Post("organizations", new { name = parsed.GetValue(name) }, ct),
                (_, answer) => Output.Details(answer!, new("Organization", "name"), new("Id", "id"))),
            Verbs.Paging("list", "The organizations that you may see.", [], (_, _, _) => Task.FromResult("organizations"),
                "There is no organization yet. 'sluice org create NAME' makes one.",
                new("Id", "id"), new("Name", "name"), new("Your role", "role"), new("Created", "createdAt"),
                new("Suspended", "suspendedAt")),
            Changing("show", "One organization.", organization, [], (api, path, _, ct) => api.Get(path, ct)),
            Changing("rename", "Give an organization another name.", organization, [name],
                (api, path, parsed, ct) => api.Put(path, new { name = parsed.GetValue(name) }, ct)),
            Changing(
                "suspend", "Refuse an organization's keys and tokens everywhere, within a second.", organization, [why],
                (api, path, parsed, ct) => api.Post($"{path}/suspend", Reason(parsed.GetValue(why)), ct)),
            Changing("resume", "Let a suspended organization work again.", organization, [],
                (api, path, _, ct) => api.Post($"{path}/resume", null, ct)),
            Changing(
                "delete", "Have an organization deleted some days from now; its keys and tokens are refused at once.",
                organization, [], (api, path, _, ct) => api.Post($"{path}/delete", null, ct)),
            Changing("keep", "Take the deletion of an organization back.", organization, [],
                (api, path, _, ct) => api.Post($"{path}/keep", null, ct)),
            Verbs.Asking("transfer", "Make a member the owner in place of the present one.", [organization, user],
                async (api, parsed, ct) =>
                {
                    var path = await Verbs.PathOf(api, parsed, organization, ct);
                    return await api.Post(
                        $"{path}/transfer", new { user = await Member(api, path, parsed.GetValue(user)!, ct) }, ct);
                },
                (_, answer) => ShowMember(answer!)),
            Verbs.Asking("leave", "Leave an organization.", [organization],
                async (api, parsed, ct) =>
                    await api.Post($"{await Verbs.PathOf(api, parsed, organization, ct)}/leave", null, ct),
                (parsed, _) => Output.Line($"You left {parsed.GetValue(organization)}.")),
            Members(organization, user));
    }

    private static Command Changing(
        string verb, string description, Argument<string> organization, Symbol[] more,
        Func<ApiConnection, string, ParseResult, CancellationToken, Task<JsonNode?>> ask) =>
        Verbs.Asking(verb, description, [organization, .. more],
            async (api, parsed, ct) =>
                await ask(api, await Verbs.PathOf(api, parsed, organization, ct), parsed, ct),
            (_, answer) => Output.Details(
                answer!, new("Organization", "name"), new("Id", "id"), new("Suspended", "suspendedAt"),
                new("Deleted on", "deleteAt")));

    private static Command Members(Argument<string> organization, Argument<string> user)
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
            Verbs.Paging("list", "Who belongs to an organization, in which role.", [organization],
                async (api, parsed, ct) => $"{await Verbs.PathOf(api, parsed, organization, ct)}/members",
                "Nobody belongs to it yet. 'sluice org member invite ORGANIZATION EMAIL' invites somebody.",
                new("Id", "user"), new("E-mail", "email"), new("Name", "name"), new("Role", "role"), new("Since", "since")),
            Verbs.Asking("show", "One member.", [organization, user],
                async (api, parsed, ct) => await api.Get(await PathOf(api, parsed, organization, user, ct), ct),
                (_, answer) => ShowMember(answer!)),
            Verbs.Making("invite", "Invite somebody by e-mail.", [organization, email, role],
                async (api, parsed, ct) => await api.Post(
                    $"{await Verbs.PathOf(api, parsed, organization, ct)}/invitations",
                    new { email = parsed.GetValue(email), role = parsed.GetValue(role) }, ct),
                (_, answer) => InvitationCommands.Show(answer!)),
            Verbs.Asking("role", "Give a member another role.", [organization, user, newRole],
                async (api, parsed, ct) => await api.Put(
                    await PathOf(api, parsed, organization, user, ct), new { role = parsed.GetValue(newRole) }, ct),
                (_, answer) => ShowMember(answer!)),
            Verbs.Asking("remove", "Take a member out of an organization.", [organization, user],
                async (api, parsed, ct) => await api.Delete(await PathOf(api, parsed, organization, user, ct), ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(user)} belongs to it no more.")));
    }

    private static void ShowMember(JsonNode answer) => Output.Details(
        answer, new("Member", "user"), new("E-mail", "email"), new("Name", "name"), new("Role", "role"),
        new("Since", "since"));

    private static object? Reason(string? why) => why is null ? null : new { why };

    private static async Task<string> PathOf(
        ApiConnection api, ParseResult parsed, Argument<string> organization, Argument<string> user, CancellationToken ct)
    {
        var path = await Verbs.PathOf(api, parsed, organization, ct);
        return $"{path}/members/{Uri.EscapeDataString(await Member(api, path, parsed.GetValue(user)!, ct))}";
    }

    private static async Task<string> Member(ApiConnection api, string organization, string idOrEmail, CancellationToken ct)
    {
        if (idOrEmail.StartsWith("usr_", StringComparison.Ordinal)) return idOrEmail;
        var rows = await api.List($"{organization}/members", ct);
        var found = rows.Where(
            row => string.Equals(row["email"]?.ToString(), idOrEmail, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count == 1
            ? found[0]["user"]!.ToString()
            : throw new HostFault($"There is no member '{idOrEmail}'. 'sluice org member list' shows those there are.");
    }
}
