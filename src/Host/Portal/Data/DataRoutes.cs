using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Organizations;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Data;

/// <summary>What organizations and people take along, and what they have deleted.</summary>
internal static class DataRoutes
{
    public static void MapDataPages(this RouteGroupBuilder portal)
    {
        portal.MapGet("/console/{org}/data", ShowOrganization).Requires(Permission.DataExport);
        portal.MapFormPage<PackOrganization>("/console/{org}/data/export").Requires(Permission.DataExport, fresh: true);
        portal.MapGet("/console/{org}/data/exports/{export}", Download).Requires(Permission.DataExport, fresh: true);
        portal.MapFormPage<DeleteOrganization>("/console/{org}/delete").Requires(Permission.OrganizationDelete, fresh: true);
        portal.MapForm("/console/{org}/keep", KeepOrganization).Requires(Permission.OrganizationDelete);
        portal.MapGet("/account/data", ShowAccount).Requires(Permission.SelfSecurity);
        portal.MapFormPage<PackAccount>("/account/data/export").Requires(Permission.SelfSecurity, fresh: true);
        portal.MapGet("/account/data/exports/{export}", Download).Requires(Permission.SelfSecurity, fresh: true);
        portal.MapFormPage<DeleteAccount>("/account/delete").Requires(Permission.SelfSecurity, fresh: true);
        portal.MapForm("/account/keep", KeepAccount).Requires(Permission.SelfSecurity);
    }

    private static async Task<IResult> ShowOrganization(HttpContext http, IExports exports, CancellationToken ct)
    {
        var organization = await OrganizationRoutes.Of(http);
        var rows = await exports.List(organization.Id, Platform.Http.ActorOf(http), ct);
        return rows.Ok
            ? Pages.Show<OrganizationDataPage>(
                (nameof(OrganizationDataPage.Organization), organization), (nameof(OrganizationDataPage.Exports), rows.Value))
            : ErrorPages.Of(rows.Refusal);
    }

    private static async Task<IResult> ShowAccount(HttpContext http, IExports exports, CancellationToken ct)
    {
        var rows = await exports.List(null, Platform.Http.ActorOf(http), ct);
        return rows.Ok
            ? Pages.Show<AccountDataPage>(
                (nameof(AccountDataPage.User), await AccountRoutes.UserOf(http)), (nameof(AccountDataPage.Exports), rows.Value))
            : ErrorPages.Of(rows.Refusal);
    }

    private static async Task<IResult> Download(HttpContext http, string export, IExports exports, CancellationToken ct)
    {
        if (!WireId.TryParse<ExportId>(export, out var id)) return Results.NotFound();
        var archive = await exports.Open(id, Platform.Http.ActorOf(http), ct);
        return archive.Ok ? new ArchiveResult(archive.Value) : ErrorPages.Of(archive.Refusal);
    }

    private static async Task<IResult> KeepOrganization(HttpContext http, FormState form)
    {
        var kept = await http.RequestServices.GetRequiredService<IDeletions>().KeepOrganization(
            OrganizationRoutes.IdOf(http), Platform.Http.ActorOf(http), ct: http.RequestAborted);
        var said = kept.Ok ? $"{kept.Value.Name} stays. Its keys work again." : "";
        return AccountRoutes.Told(http, OrganizationRoutes.PathOf(http, "/data"), said, kept);
    }

    private static async Task<IResult> KeepAccount(HttpContext http, FormState form) => AccountRoutes.Told(
        http, "/account/data", "Your account stays.", await http.RequestServices.GetRequiredService<IDeletions>()
            .KeepUser(null, Platform.Http.ActorOf(http), ct: http.RequestAborted));
}

/// <summary><c>/console/{org}/data/export</c></summary>
internal sealed class PackOrganization : IFormPage
{
    public static Task<IResult> Show(HttpContext http, FormState form) => Task.FromResult(
        PackAccount.Ask(form, "Everything that is kept of the organization", OrganizationRoutes.PathOf(http, "/data")));

    public static Task<IResult> Send(HttpContext http, FormState form) =>
        PackAccount.Pack(http, OrganizationRoutes.IdOf(http), OrganizationRoutes.PathOf(http, "/data"));
}

/// <summary><c>/account/data/export</c></summary>
internal sealed class PackAccount : IFormPage
{
    private const string Back = "/account/data";

    public static Task<IResult> Show(HttpContext http, FormState form) =>
        Task.FromResult(Ask(form, "Everything that is kept of your account", Back));

    public static Task<IResult> Send(HttpContext http, FormState form) => Pack(http, null, Back);

    public static IResult Ask(FormState form, string what, string back) => Pages.Ask(
        form, "Pack an export?", $"{what} is packed into one archive. A mail tells you when it is ready.", "Pack export", back,
        harmless: true);

    public static async Task<IResult> Pack(HttpContext http, OrganizationId? organization, string back) => AccountRoutes.Told(
        http, back, "The export is being packed.", await http.RequestServices.GetRequiredService<IExports>()
            .Ask(organization, Platform.Http.ActorOf(http), ct: http.RequestAborted));
}

/// <summary><c>/console/{org}/delete</c></summary>
internal sealed class DeleteOrganization : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => Pages.Show<DeleteOrganizationPage>(
        form, (nameof(DeleteOrganizationPage.Organization), await OrganizationRoutes.Of(http)),
        (nameof(DeleteOrganizationPage.When), http.RequestServices.GetRequiredService<IDeletions>().When()));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var organization = await OrganizationRoutes.Of(http);
        if (form.Trimmed("name") != organization.Name)
            return await Show(http, form.Wrong("name", $"Write the name as it is: {organization.Name}"));
        var asked = await http.RequestServices.GetRequiredService<IDeletions>().DeleteOrganization(
            organization.Id, Platform.Http.ActorOf(http), ct: http.RequestAborted);
        var said = $"{organization.Name} is to be deleted. Its keys are refused.";
        return AccountRoutes.Told(http, OrganizationRoutes.PathOf(http, "/data"), said, asked);
    }
}

/// <summary><c>/account/delete</c></summary>
internal sealed class DeleteAccount : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => Pages.Show<DeleteAccountPage>(
        form, (nameof(DeleteAccountPage.User), await AccountRoutes.UserOf(http)),
        (nameof(DeleteAccountPage.Belongings), await http.RequestServices.GetRequiredService<IDeletions>()
            .Belongings(Platform.Http.ActorOf(http), http.RequestAborted)),
        (nameof(DeleteAccountPage.When), http.RequestServices.GetRequiredService<IDeletions>().When()));

    public static async Task<IResult> Send(HttpContext http, FormState form)
    {
        var user = await AccountRoutes.UserOf(http);
        if (!string.Equals(form.Trimmed("email"), user.Email, StringComparison.OrdinalIgnoreCase))
            return await Show(http, form.Wrong("email", $"Write your address as it is: {user.Email}"));
        return AccountRoutes.Told(
            http, "/account/data", "Your account is to be deleted.", await http.RequestServices
                .GetRequiredService<IDeletions>().DeleteUser(null, Platform.Http.ActorOf(http), ct: http.RequestAborted));
    }
}
