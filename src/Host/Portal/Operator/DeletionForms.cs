using Sluice.Host.Portal.Data;
using Sluice.Host.Portal.Forms;
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

    public static IDeletions Of(HttpContext http) => http.RequestServices.GetRequiredService<IDeletions>();

    private static Task<IResult> KeepOrganization(HttpContext http, FormState form) => OperatorRoutes.ToOrganization(
        http, one => $"{one.Name} stays.", (id, actor, ct) => Of(http).KeepOrganization(id, actor, ct: ct));

    private static Task<IResult> KeepUser(HttpContext http, FormState form) => OperatorRoutes.ToUser(
        http, user => $"The account of {user.Email} stays.", (id, actor, ct) => Of(http).KeepUser(id, actor, ct: ct));
}

/// <summary><c>/operator/organizations/{org}/delete</c></summary>
internal sealed class DeleteOrganizationForm : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) =>
        await OperatorRoutes.OrganizationOf(http) is { } organization
            ? Pages.Ask(
                form, $"Delete {organization.Name}?",
                $"Its keys stop working within a second. {DeletionForms.Of(http).When()} everything in it is gone.",
                "Delete organization", $"/operator/organizations/{organization.Id}")
            : Results.NotFound();

    public static Task<IResult> Send(HttpContext http, FormState form) => OperatorRoutes.ToOrganization(
        http, one => $"{one.Name} is to be deleted.",
        (id, actor, ct) => DeletionForms.Of(http).DeleteOrganization(id, actor, ct: ct));
}

/// <summary><c>/operator/users/{user}/delete</c></summary>
internal sealed class DeleteUserForm : IFormPage
{
    public static async Task<IResult> Show(HttpContext http, FormState form) => await OperatorRoutes.UserOf(http) is { } user
        ? Pages.Ask(
            form, $"Delete the account of {user.Name}?",
            $"{DeletionForms.Of(http).When()} it is gone; until then the person can keep it. Suspend the user, too, to lock the "
            + "account now.",
            "Delete account", $"/operator/users/{user.Id}")
        : Results.NotFound();

    public static Task<IResult> Send(HttpContext http, FormState form) => OperatorRoutes.ToUser(
        http, user => $"The account of {user.Email} is to be deleted.",
        (id, actor, ct) => DeletionForms.Of(http).DeleteUser(id, actor, ct: ct));
}
