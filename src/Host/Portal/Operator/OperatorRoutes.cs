using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Operator;

/// <summary>The installation as its operators see it.</summary>
internal static class OperatorRoutes
{
    public static void MapOperatorPages(this RouteGroupBuilder portal)
    {
        portal.MapGet("/operator", () => Results.Redirect("/operator/users")).Requires(Permission.UsersRead);
        portal.MapGet("/operator/users", ListUsers).Requires(Permission.UsersRead);
        portal.MapFormPage<NewUserForm>("/operator/users/new").Requires(Permission.UsersWrite, fresh: true);
        portal.MapFormPage<OneUser>("/operator/users/{user}").Requires(Permission.UsersRead);
        portal.MapFormPage<SuspendUser>("/operator/users/{user}/suspend").Requires(Permission.UsersWrite, fresh: true);
        portal.MapFormPage<ResetUserAccess>("/operator/users/{user}/reset").Requires(Permission.UsersWrite, fresh: true);
        portal.MapForm("/operator/users/{user}/resume", ResumeUser).Requires(Permission.UsersWrite, fresh: true);
        portal.MapDeletions();
        portal.MapGet("/operator/organizations", ListOrganizations).Requires(Permission.OrganizationsRead);
        portal.MapGet("/operator/organizations/{org}", (Delegate)ShowOrganization).Requires(Permission.OrganizationsRead);
        portal.MapFormPage<SuspendOrganization>("/operator/organizations/{org}/suspend")
            .Requires(Permission.OrganizationsWrite);
        portal.MapForm("/operator/organizations/{org}/resume", ResumeOrganization).Requires(Permission.OrganizationsWrite);
    }

    /// <summary>The user that the route names; null where there is none.</summary>
    public static async Task<User?> UserOf(HttpContext http) =>
        WireId.TryParse<UserId>(http.Request.RouteValues["user"] as string, out var id)
            ? await http.RequestServices.GetRequiredService<IUsers>().Find(id, http.RequestAborted)
            : null;

    /// <summary>The organization that the route names; null where there is none.</summary>
    public static async Task<Organization?> OrganizationOf(HttpContext http) =>
        WireId.TryParse<OrganizationId>(http.Request.RouteValues["org"] as string, out var id)
            ? await http.RequestServices.GetRequiredService<ITenants>().FindOrganization(id, http.RequestAborted)
            : null;

    private static async Task<IResult> ListUsers(
        HttpContext http, IUsers users, string? after, string? search, CancellationToken ct)
    {
        var cursor = WireId.TryParse<UserId>(after, out var id) ? id : (UserId?)null;
        var text = search?.Trim() is { Length: > 0 and <= 100 } given ? given : null;
        var rows = await users.List(Platform.Http.ActorOf(http), cursor, Paged.Asked, text, ct);
        if (!rows.Ok) return ErrorPages.Of(rows.Refusal);
        var shown = Paged.Shown(rows.Value);
        var more = text is null ? "" : $"&search={Uri.EscapeDataString(text)}";
        return Pages.Show<UsersPage>(
            (nameof(UsersPage.Users), shown), (nameof(UsersPage.Search), text ?? ""),
            (nameof(UsersPage.FirstPage), cursor is null),
            (nameof(UsersPage.Next), rows.Value.Count > shown.Count ? $"?after={shown[^1].Id}{more}" : null));
    }

    private static async Task<IResult> ListOrganizations(
        HttpContext http, ITenants tenants, string? after, CancellationToken ct)
    {
        var cursor = WireId.TryParse<OrganizationId>(after, out var id) ? id : (OrganizationId?)null;
        var rows = await tenants.Organizations(Platform.Http.ActorOf(http), cursor, Paged.Asked, ct);
        var shown = Paged.Shown(rows);
        return Pages.Show<OrganizationsPage>(
            (nameof(OrganizationsPage.Organizations), shown), (nameof(OrganizationsPage.FirstPage), cursor is null),
            (nameof(OrganizationsPage.Next), rows.Count > shown.Count ? $"?after={shown[^1].Id}" : null));
    }

    private static async Task<IResult> ShowOrganization(HttpContext http) => await OrganizationOf(http) is { } organization
        ? Pages.Show<OrganizationPage>((nameof(OrganizationPage.Organization), organization))
        : Results.NotFound();

    private static Task<IResult> ResumeUser(HttpContext http, FormState form) => ToUser(
        http, user => $"{user.Email} may sign in again.",
        (id, actor, ct) => http.RequestServices.GetRequiredService<IUsers>().Resume(id, actor, ct));

    private static Task<IResult> ResumeOrganization(HttpContext http, FormState form) => ToOrganization(
        http, one => $"{one.Name} works again.",
        (id, actor, ct) => http.RequestServices.GetRequiredService<ITenants>().ResumeOrganization(id, actor, ct: ct));

    /// <summary>Does something to the user of the route, and tells so, or why not, on that user's page.</summary>
    public static async Task<IResult> ToUser<T>(
        HttpContext http, Func<User, string> said, Func<UserId, Actor, CancellationToken, Task<Result<T>>> act) =>
        await UserOf(http) is { } user
            ? AccountRoutes.Told(
                http, $"/operator/users/{user.Id}", said(user),
                await act(user.Id, Platform.Http.ActorOf(http), http.RequestAborted))
            : Results.NotFound();

    /// <summary>The same to the organization of the route.</summary>
    public static async Task<IResult> ToOrganization<T>(
        HttpContext http, Func<Organization, string> said,
        Func<OrganizationId, Actor, CancellationToken, Task<Result<T>>> act) =>
        await OrganizationOf(http) is { } organization
            ? AccountRoutes.Told(
                http, $"/operator/organizations/{organization.Id}", said(organization),
                await act(organization.Id, Platform.Http.ActorOf(http), http.RequestAborted))
            : Results.NotFound();
}

/// <summary><c>/operator/organizations/{org}/suspend</c></summary>
internal sealed class SuspendOrganization : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) =>
        await OperatorRoutes.OrganizationOf(http) is { } organization
            ? Pages.Show<WhyPage>(
                form, (nameof(WhyPage.Title), $"Suspend {organization.Name}?"),
                (nameof(WhyPage.Text), "Its keys stop working within a second. Members may look and change nothing."),
                (nameof(WhyPage.Button), "Suspend organization"),
                (nameof(WhyPage.Back), $"/operator/organizations/{organization.Id}"))
            : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (await OperatorRoutes.OrganizationOf(http) is not { } organization) return Results.NotFound();
        var done = await http.RequestServices.GetRequiredService<ITenants>().SuspendOrganization(
            organization.Id, form.Trimmed("why") is { Length: > 0 } why ? why : null, Platform.Http.ActorOf(http),
            ct: http.RequestAborted);
        var here = $"/operator/organizations/{organization.Id}";
        if (done.Ok) return Pages.Done(http, here, $"{organization.Name} is suspended.");
        return ErrorPages.WayOut(http, done.Refusal, here)
            ?? await Show(http, form.Wrong(done.Refusal, ("tenants.why-invalid", "why")));
    }
}
