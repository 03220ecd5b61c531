using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Forms;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Organizations;

/// <summary>Organizations as their members see them.</summary>
internal static class OrganizationRoutes
{

    public static void MapOrganizationPages(this RouteGroupBuilder portal)
    {
        portal.MapGet("/console", Begin).Requires(Permission.SelfRead);
        portal.MapFormPage<NewOrganization>("/console/new").Requires(Permission.OrganizationsCreate);
        portal.MapForm("/account/invitations/{invitation}/accept", Accept).Requires(Permission.SelfSecurity);
        portal.MapFormPage<Overview>("/console/{org}").Requires(Permission.OrganizationRead);
        portal.MapFormPage<Leave>("/console/{org}/leave").Requires(Permission.OrganizationRead);
        portal.MapMembers();
    }

    /// <summary>The organization that the route names. Behind its permission there always is one.</summary>
    public static async Task<Organization> Of(HttpContext http) =>
        await http.RequestServices.GetRequiredService<ITenants>().FindOrganization(IdOf(http), http.RequestAborted)
        ?? throw new InvalidOperationException("An organization that the actor sees is gone.");

    public static OrganizationId IdOf(HttpContext http) =>
        WireId.TryParse<OrganizationId>(http.Request.RouteValues["org"] as string, out var id)
            ? id
            : throw new InvalidOperationException("A route without {org} asked for its organization.");

    public static string PathOf(HttpContext http, string rest = "") => $"/console/{IdOf(http)}{rest}";

    // The console begins where there is something to see: in an organization, or with the operator's pages.
    private static async Task<IResult> Begin(HttpContext http, IInvitations invitations, CancellationToken ct)
    {
        var actor = Platform.Http.ActorOf(http);
        if (actor.Memberships.Count > 0) return Pages.Done(http, $"/console/{actor.Memberships.Keys.MinBy(id => id.Value)}");
        return actor.Platform != PlatformRole.None
            ? Pages.Done(http, "/operator")
            : Pages.Show<NowherePage>((nameof(NowherePage.Invitations), await invitations.Mine(actor, ct)));
    }

    private static async Task<IResult> Accept(HttpContext http, FormState form) =>
        WireId.TryParse<InvitationId>(http.Request.RouteValues["invitation"] as string, out var id)
            ? AccountRoutes.Told(http, "/console", "You joined.", await http.RequestServices.GetRequiredService<IInvitations>()
                .Accept(id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
            : Results.NotFound();
}

/// <summary><c>/console/new</c></summary>
internal sealed class NewOrganization : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<NewOrganizationPage>(form));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var created = await http.RequestServices.GetRequiredService<ITenants>().CreateOrganization(
            form.Trimmed("name"), Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return created.Ok
            ? Pages.Done(http, $"/console/{created.Value.Id}", $"{created.Value.Name} is there.")
            : await Show(http, form.Wrong(created.Refusal, ("tenants.name-taken", "name")));
    }
}

/// <summary><c>/console/{org}</c></summary>
internal sealed class Overview : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => Pages.Show<OverviewPage>(
        form, (nameof(OverviewPage.Organization), await OrganizationRoutes.Of(http)),
        (nameof(OverviewPage.Invitations), await http.RequestServices.GetRequiredService<IInvitations>()
            .Mine(Platform.Http.ActorOf(http), http.RequestAborted)));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var renamed = await http.RequestServices.GetRequiredService<ITenants>().RenameOrganization(
            OrganizationRoutes.IdOf(http), form.Trimmed("name"), Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return renamed.Ok
            ? Pages.Done(http, OrganizationRoutes.PathOf(http), "The name is saved.")
            : await Show(http, form.Wrong(renamed.Refusal, ("tenants.name-taken", "name")));
    }
}

/// <summary><c>/console/{org}/leave</c></summary>
internal sealed class Leave : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => Pages.Ask(
        form, $"Leave {(await OrganizationRoutes.Of(http)).Name}?",
        "You lose access at once. To come back you need another invitation.",
        "Leave organization", OrganizationRoutes.PathOf(http));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var name = (await OrganizationRoutes.Of(http)).Name;
        var left = await http.RequestServices.GetRequiredService<IMembers>()
            .Leave(OrganizationRoutes.IdOf(http), Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return left.Ok
            ? Pages.Done(http, "/console", $"You left {name}.")
            : AccountRoutes.Told(http, OrganizationRoutes.PathOf(http), "", left);
    }
}
