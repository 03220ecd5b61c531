using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class InvitationCommands
{
    public static Command Build()
    {
        var organization = new Option<string?>("--org")
        {
            Description = "The organization, by id or name; without it, the invitations to you.",
            HelpName = "ORGANIZATION",
        };
        var invitation = new Argument<string>("INVITATION") { Description = "The invitation's id." };
        var token = new Argument<string>("TOKEN") { Description = "What stands behind 'token=' in the link." };
        return Verbs.Group("invitation", "Invitations into organizations.",
            Verbs.Paging("list", "Open invitations.", [organization],
                async (api, parsed, ct) => parsed.GetValue(organization) is { } given
                    ? $"organizations/{await Verbs.Organization(api, given, ct)}/invitations"
                    : "invitations",
                "There is no open invitation.",
                new("Id", "id"), new("Organization", "organizationName"), new("E-mail", "email"), new("Role", "role"),
                new("Sent", "sentAt"), new("Until", "expiresAt")),
            Verbs.Asking("accept", "Join the organization that an invitation is for.", [invitation],
                (api, parsed, ct) => api.Post($"invitations/{Verbs.Part(parsed, invitation)}/accept", null, ct),
                (_, answer) => Output.Details(answer!, new("Member", "user"), new("Role", "role"))),
            Verbs.Asking("join", "Join by the token of a mailed link.", [token],
                (api, parsed, ct) => api.Post("invitations/accept", new { token = parsed.GetValue(token) }, ct),
                (_, answer) => Output.Details(answer!, new("Member", "user"), new("Role", "role"))),
            Verbs.Asking("resend", "Mail an invitation again, with another link.", [invitation],
                (api, parsed, ct) => api.Post($"invitations/{Verbs.Part(parsed, invitation)}/resend", null, ct),
                (_, answer) => Show(answer!)),
            Verbs.Asking("revoke", "Take an invitation back.", [invitation],
                (api, parsed, ct) => api.Post($"invitations/{Verbs.Part(parsed, invitation)}/revoke", null, ct),
                (parsed, _) => Output.Line($"{parsed.GetValue(invitation)} opens nothing any more.")));
    }

    public static void Show(JsonNode answer) => Output.Details(
        answer, new("Invitation", "id"), new("Organization", "organizationName"), new("E-mail", "email"), new("Role", "role"),
        new("Until", "expiresAt"));
}
