using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Organizations;

/// <summary>Members and invitations of an organization.</summary>
internal static class MemberRoutes
{
    public static void MapMembers(this RouteGroupBuilder portal)
    {
        var members = portal.MapGroup("/console/{org}/members");
        members.MapGet("", Show).Requires(Permission.MembersRead);
        members.MapFormPage<Invite>("/invite").Requires(Permission.MembersWrite);
        members.MapForm("/invitations/{invitation}/resend", Resend).Requires(Permission.MembersWrite);
        members.MapForm("/invitations/{invitation}/revoke", Revoke).Requires(Permission.MembersWrite);
        members.MapFormPage<OneMember>("/{user}").Requires(Permission.MembersRead);
        members.MapFormPage<TransferTo>("/{user}/transfer").Requires(Permission.OwnersWrite, fresh: true);
        members.MapFormPage<RemoveMember>("/{user}/remove").Requires(Permission.MembersWrite, fresh: true);
    }

    /// <summary>The member that the route names; null where there is none.</summary>
    public static async Task<Member?> MemberOf(HttpContext http)
    {
        if (!WireId.TryParse<UserId>(http.Request.RouteValues["user"] as string, out var user)) return null;
        var found = await http.RequestServices.GetRequiredService<IMembers>().Find(
            OrganizationRoutes.IdOf(http), user, Platform.Http.ActorOf(http), http.RequestAborted);
        return found.Ok ? found.Value : null;
    }

    private static async Task<IResult> Show(
        HttpContext http, IMembers members, IInvitations invitations, string? after, CancellationToken ct)
    {
        var actor = Platform.Http.ActorOf(http);
        var organization = OrganizationRoutes.IdOf(http);
        var cursor = WireId.TryParse<UserId>(after, out var id) ? id : (UserId?)null;
        var rows = await members.List(organization, actor, cursor, Paged.Asked, ct);
        if (!rows.Ok) return ErrorPages.Of(rows.Refusal);
        var invited = cursor is null ? await invitations.List(organization, actor, ct: ct) : default;
        var shown = Paged.Shown(rows.Value);
        return Pages.Show<MembersPage>(
            (nameof(MembersPage.Organization), new ViewerOrganization(organization.ToString(), "", "")),
            (nameof(MembersPage.Members), shown),
            (nameof(MembersPage.Invitations), cursor is null && invited.Ok ? invited.Value : []),
            (nameof(MembersPage.FirstPage), cursor is null),
            (nameof(MembersPage.Next), rows.Value.Count > shown.Count ? $"?after={shown[^1].User}" : null));
    }

    private static async Task<IResult> Resend(HttpContext http, FormState form) => InvitationOf(http) is { } id
        ? AccountRoutes.Told(
            http, OrganizationRoutes.PathOf(http, "/members"), "Another link is on its way.",
            await http.RequestServices.GetRequiredService<IInvitations>()
                .Resend(id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();

    private static async Task<IResult> Revoke(HttpContext http, FormState form) => InvitationOf(http) is { } id
        ? AccountRoutes.Told(
            http, OrganizationRoutes.PathOf(http, "/members"), "The invitation is taken back.",
            await http.RequestServices.GetRequiredService<IInvitations>()
                .Revoke(id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();

    private static InvitationId? InvitationOf(HttpContext http) =>
        WireId.TryParse<InvitationId>(http.Request.RouteValues["invitation"] as string, out var id) ? id : null;
}

/// <summary><c>/console/{org}/members/invite</c></summary>
internal sealed class Invite : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => Pages.Show<InvitePage>(
        form, (nameof(InvitePage.Organization), Shown(await OrganizationRoutes.Of(http))));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (!Roles.TryParse(form["role"], out var role)) return await Show(http, form.Wrong("role", "Choose one of the roles."));
        var invited = await http.RequestServices.GetRequiredService<IInvitations>().Invite(
            OrganizationRoutes.IdOf(http), form.Trimmed("email"), role, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        if (invited.Ok)
            return Pages.Done(http, OrganizationRoutes.PathOf(http, "/members"), $"An invitation went to {invited.Value.Email}.");
        return ErrorPages.WayOut(http, invited.Refusal, OrganizationRoutes.PathOf(http, "/members/invite"))
            ?? await Show(http, form.Wrong(
                invited.Refusal, ("tenants.member-already", "email"), ("tenants.invitation-open", "email")));
    }

    public static ViewerOrganization Shown(Organization organization) => new(organization.Id.ToString(), organization.Name, "");
}

/// <summary><c>/console/{org}/members/{user}</c></summary>
internal sealed class OneMember : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await MemberRoutes.MemberOf(http) is { } member
        ? Pages.Show<MemberPage>(
            form, (nameof(MemberPage.Member), member),
            (nameof(MemberPage.Organization), Invite.Shown(await OrganizationRoutes.Of(http))))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await MemberRoutes.MemberOf(http) is not { } member) return Results.NotFound();
        if (!Roles.TryParse(form["role"], out var role)) return await Show(http, form.Wrong("role", "Choose one of the roles."));
        var here = OrganizationRoutes.PathOf(http, $"/members/{member.User}");
        var changed = await http.RequestServices.GetRequiredService<IMembers>().ChangeRole(
            OrganizationRoutes.IdOf(http), member.User, role, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        if (changed.Ok) return Pages.Done(http, here, $"{member.Name} is {Roles.Name(role).ToLowerInvariant()} now.");
        return ErrorPages.WayOut(http, changed.Refusal, here)
            ?? await Show(http, form.Wrong(
                changed.Refusal, ("tenants.owner-last", "role"), ("tenants.member-unverified", "role")));
    }
}

/// <summary><c>/console/{org}/members/{user}/transfer</c></summary>
internal sealed class TransferTo : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await MemberRoutes.MemberOf(http) is { } member
        ? Pages.Ask(
            form, $"Hand over to {member.Name}?",
            $"{member.Name} becomes owner in your place, and you become an admin. Only the new owner can turn this back.",
            "Hand over", OrganizationRoutes.PathOf(http, $"/members/{member.User}"))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) => await MemberRoutes.MemberOf(http) is { } member
        ? AccountRoutes.Told(
            http, OrganizationRoutes.PathOf(http, "/members"), $"{member.Name} is the owner now.",
            await http.RequestServices.GetRequiredService<IMembers>().Transfer(
                OrganizationRoutes.IdOf(http), member.User, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();
}

/// <summary><c>/console/{org}/members/{user}/remove</c></summary>
internal sealed class RemoveMember : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await MemberRoutes.MemberOf(http) is { } member
        ? Pages.Ask(
            form, $"Remove {member.Name}?",
            $"{member.Email} loses access at once. To come back, the person needs another invitation.",
            "Remove member", OrganizationRoutes.PathOf(http, $"/members/{member.User}"))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) => await MemberRoutes.MemberOf(http) is { } member
        ? AccountRoutes.Told(
            http, OrganizationRoutes.PathOf(http, "/members"), $"{member.Name} is no member any more.",
            await http.RequestServices.GetRequiredService<IMembers>().Remove(
                OrganizationRoutes.IdOf(http), member.User, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();
}
