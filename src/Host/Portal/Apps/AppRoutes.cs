using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Organizations;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;

namespace Sluice.Host.Portal.Apps;

/// <summary>Apps of an organization: their keys, rules and limits.</summary>
internal static class AppRoutes
{
    public static void MapApps(this RouteGroupBuilder portal)
    {
        var apps = portal.MapGroup("/console/{org}/apps");
        apps.MapGet("", List).Requires(Permission.AppsRead);
        apps.MapFormPage<NewApp>("/new").Requires(Permission.AppsWrite);
        apps.MapGet("/{app}", (Delegate)ShowOne).Requires(Permission.AppsRead);
        apps.MapFormPage<EditRules>("/{app}/rules").Requires(Permission.RulesWrite);
        apps.MapFormPage<EditLimits>("/{app}/limits").Requires(Permission.LimitsWrite);
        apps.MapFormPage<NewKey>("/{app}/keys/new").Requires(Permission.KeysWrite, fresh: true);
        apps.MapFormPage<RotateKey>("/{app}/keys/{key}/rotate").Requires(Permission.KeysWrite, fresh: true);
        apps.MapFormPage<RevokeKey>("/{app}/keys/{key}/revoke").Requires(Permission.KeysWrite);
    }

    public static string Root(HttpContext http) => OrganizationRoutes.PathOf(http, "/apps");

    public static IKeys Door(HttpContext http) => http.RequestServices.GetRequiredService<IKeys>();

    /// <summary>The app that the address names, if it is this organization's; null where there is none.</summary>
    public static async Task<App?> Of(HttpContext http) =>
        WireId.TryParse<AppId>(http.Request.RouteValues["app"] as string, out var id)
        && await Door(http).FindApp(id, Platform.Http.ActorOf(http), http.RequestAborted) is { } app
        && app.Organization == OrganizationRoutes.IdOf(http)
            ? app
            : null;

    /// <summary>The address of the app's own page.</summary>
    public static string PathOf(HttpContext http, App app) => $"{Root(http)}/{app.Id}";

    private static async Task<IResult> List(HttpContext http, IKeys keys, string? after, CancellationToken ct)
    {
        var cursor = WireId.TryParse<AppId>(after, out var id) ? id : (AppId?)null;
        var rows = await keys.Apps(OrganizationRoutes.IdOf(http), Platform.Http.ActorOf(http), cursor, Kit.Paged.Asked, ct);
        var shown = Kit.Paged.Shown(rows);
        return Pages.Show<AppsPage>(
            (nameof(AppsPage.Root), Root(http)), (nameof(AppsPage.Apps), shown), (nameof(AppsPage.FirstPage), cursor is null),
            (nameof(AppsPage.Next), rows.Count > shown.Count ? $"?after={shown[^1].Id}" : null));
    }

    private static async Task<IResult> ShowOne(HttpContext http)
    {
        if (await Of(http) is not { } app) return Results.NotFound();
        var keys = await Door(http).Keys(app.Id, Platform.Http.ActorOf(http), http.RequestAborted);
        var catalog = http.RequestServices.GetRequiredService<ICatalog>();
        return Pages.Show<AppPage>(
            (nameof(AppPage.Root), Root(http)), (nameof(AppPage.App), app), (nameof(AppPage.Keys), keys),
            (nameof(AppPage.Plan), await catalog.PlanOf(app.Organization, http.RequestAborted)),
            (nameof(AppPage.Call), await CallSample.Of(http, app, "$SLUICE_KEY")));
    }
}

/// <summary><c>/console/{org}/apps/new</c></summary>
internal sealed class NewApp : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(Pages.Show<NewAppPage>(
        form, (nameof(NewAppPage.Root), AppRoutes.Root(http))));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        if (form.Trimmed("name").Length == 0) return await Show(http, form.Wrong("name", "Say what the app is called."));
        var made = await AppRoutes.Door(http).CreateApp(
            OrganizationRoutes.IdOf(http), form.Trimmed("name"), Platform.Http.ActorOf(http), ct: http.RequestAborted);
        return made.Ok
            ? Pages.Done(http, AppRoutes.PathOf(http, made.Value), $"{made.Value.Name} is there. Give it a key.")
            : await Show(http, form.Wrong(made.Refusal, ("keys.name-taken", "name")));
    }
}
