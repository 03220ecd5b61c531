using Sluice.Host.Portal.Account;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Kit;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Operator;

/// <summary>Deletion of organizations and accounts by operators.</summary>
internal static class DeletionForms
{
    public static void MapDeletions(this RouteGroupBuilder portal)
    {
        portal.MapFormPage<DeleteOrganizationForm>("/operator/organizations/{org}/delete")
            .Requires(Permission.OrganizationsWrite, fresh: true);
        portal.MapForm("/operator/organizations/{org}/keep", KeepOrganization).Requires(Permission.OrganizationsWrite);
        portal.MapFormPage<DeleteUserForm>("/operator/users/{user}/delete").Requires(Permission.UsersWrite, fresh: true);
        portal.MapForm("/operator/users/{user}/keep", KeepUser).Requires(Permission.UsersWrite);
    }

    private static async Task<IResult> KeepOrganization(HttpContext http, FormState form) =>
        await OperatorRoutes.OrganizationOf(http) is { } organization
            ? AccountRoutes.Told(
                http, $"/operator/organizations/{organization.Id}", $"{organization.Name} stays.",
                await http.RequestServices.GetRequiredService<IDeletions>()
                    .KeepOrganization(organization.Id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
            : Results.NotFound();

    private static async Task<IResult> KeepUser(HttpContext http, FormState form) => await OperatorRoutes.UserOf(http) is { } user
        ? AccountRoutes.Told(
            http, $"/operator/users/{user.Id}", $"The account of {user.Email} stays.",
            await http.RequestServices.GetRequiredService<IDeletions>()
                .KeepUser(user.Id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();
}

/// <summary><c>/operator/organizations/{org}/delete</c></summary>
internal sealed class DeleteOrganizationForm : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) =>
        await OperatorRoutes.OrganizationOf(http) is { } organization
            ? Pages.Show<AskPage>(
                form, (nameof(AskPage.Title), $"Delete {organization.Name}?"),
                (nameof(AskPage.Text), "Its keys stop working within a second. Some days later everything in it is gone."),
                (nameof(AskPage.Button), "Delete organization"),
                (nameof(AskPage.Back), $"/operator/organizations/{organization.Id}"))
            : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) =>
        await OperatorRoutes.OrganizationOf(http) is { } organization
            ? AccountRoutes.Told(
                http, $"/operator/organizations/{organization.Id}", $"{organization.Name} is to be deleted.",
                await http.RequestServices.GetRequiredService<IDeletions>()
                    .DeleteOrganization(organization.Id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
            : Results.NotFound();
}

/// <summary><c>/operator/users/{user}/delete</c></summary>
internal sealed class DeleteUserForm : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await OperatorRoutes.UserOf(http) is { } user
        ? Pages.Show<AskPage>(
            form, (nameof(AskPage.Title), $"Delete the account of {user.Name}?"),
            (nameof(AskPage.Text),
                "Until the day comes, the person can keep it. Suspend the user, too, to lock the account now."),
            (nameof(AskPage.Button), "Delete account"), (nameof(AskPage.Back), $"/operator/users/{user.Id}"))
        : Results.NotFound();

    public static async Task<IResult> Send(HttpContext http, FormState form) => await OperatorRoutes.UserOf(http) is { } user
        ? AccountRoutes.Told(
            http, $"/operator/users/{user.Id}", $"The account of {user.Email} is to be deleted.",
            await http.RequestServices.GetRequiredService<IDeletions>()
                .DeleteUser(user.Id, Platform.Http.ActorOf(http), ct: http.RequestAborted))
        : Results.NotFound();
}
