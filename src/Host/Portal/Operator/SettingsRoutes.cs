using System.Globalization;
using Microsoft.Extensions.Options;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Settings;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Notices;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Operator;

/// <summary>
/// What the installation is set to, as far as people meet it. Settings come from the environment of the processes, so the
/// page shows them and changes none.
/// </summary>
internal static class SettingsRoutes
{
    private const string Root = "/operator/settings";

    public static void MapSettings(this RouteGroupBuilder portal)
    {
        portal.MapGet(Root, Show).Requires(Permission.SettingsRead);
        portal.MapForm(Root + "/signing-keys/rotate", Rotate).Requires(Permission.SettingsWrite, fresh: true);
    }

    private static async Task<IResult> Show(HttpContext http, ISigningKeys keys, CancellationToken ct)
    {
        var services = http.RequestServices;
        var signing = await keys.List(Platform.Http.ActorOf(http), ct);
        if (!signing.Ok) return ErrorPages.Of(signing.Refusal);
        return Pages.Show<SettingsPage>(
            (nameof(SettingsPage.Groups), Groups(
                services.GetRequiredService<IOptions<TenantsOptions>>().Value,
                services.GetRequiredService<IOptions<OrganizationsOptions>>().Value,
                services.GetRequiredService<IOptions<MailOptions>>().Value,
                services.GetRequiredService<IMail>(), services.GetRequiredService<HostSettings>())),
            (nameof(SettingsPage.Keys), signing.Value));
    }

    private static async Task<IResult> Rotate(HttpContext http, FormState form) => Account.AccountRoutes.Told(
        http, Root, "A new key signs from now on.",
        await http.RequestServices.GetRequiredService<ISigningKeys>()
            .Rotate(withdraw: false, Platform.Http.ActorOf(http), http.RequestAborted));

    private static SettingGroup[] Groups(
        TenantsOptions tenants, OrganizationsOptions organizations, MailOptions mail, IMail door, HostSettings host) =>
    [
        new("sign-up", "Signing up", "Who may make an account.",
        [
            new("Sign-up", tenants.SignUp switch
            {
                SignUpPolicy.Open => "Open: anybody",
                SignUpPolicy.Invitation => "By invitation: who holds an invitation's link",
                _ => "Closed: operators make accounts",
            }, "SLUICE_TENANTS__SIGNUP"),
            new("Name of the installation", tenants.InstallationName, "SLUICE_TENANTS__INSTALLATIONNAME"),
            new("Public address", tenants.PublicUrl.ToString(), "SLUICE_PUBLIC_URL"),
        ]),
        new("sessions", "Sessions", "How long people stay signed in.",
        [
            new("At most", Amount(tenants.SessionDays, "day"), "SLUICE_TENANTS__SESSIONDAYS"),
            new("Without being used", Amount(tenants.SessionIdleHours, "hour"), "SLUICE_TENANTS__SESSIONIDLEHOURS"),
        ]),
        new("organizations", "Organizations", "How large one may become.",
        [
            new("Owned by one person", Amount(organizations.OwnedMax, "organization"), "SLUICE_ORGANIZATIONS__OWNEDMAX"),
            new("Members", Amount(organizations.MembersMax, "member"), "SLUICE_ORGANIZATIONS__MEMBERSMAX"),
            new("Open invitations", Amount(organizations.InvitationsMax, "invitation"), "SLUICE_ORGANIZATIONS__INVITATIONSMAX"),
            new("An invitation lasts", Amount(organizations.InvitationDays, "day"), "SLUICE_ORGANIZATIONS__INVITATIONDAYS"),
        ]),
        new("mail", "Mail", "Without it, what needs a mail is closed and says so.",
        [
            new("State", door.IsKept ? "Kept for operators, not sent" : door.IsOpen ? "Open" : "Closed", "SLUICE_MAIL__HOST"),
            new("Server", mail.Host.Length > 0 ? mail.Host : "None", "SLUICE_MAIL__HOST"),
            new("From", mail.From.Length > 0 ? mail.From : "–", "SLUICE_MAIL__FROM"),
        ]),
        new("process", "This process", "Other processes of the installation may be set otherwise.",
        [
            new("Roles", host.Roles.ToString().ToLowerInvariant(), "SLUICE_ROLES"),
            new("Data folder", host.DataDirectory, "SLUICE_DATA"),
            new("Log level", host.LogLevel.ToString().ToLowerInvariant(), "SLUICE_LOG_LEVEL"),
        ]),
    ];

    private static string Amount(int number, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:N0} {unit}{(number == 1 ? "" : "s")}");
}

/// <param name="Id">Unique on the page.</param>
/// <param name="Title">What the group is about.</param>
/// <param name="Text">One sentence on it.</param>
/// <param name="Settings">In the order of the page.</param>
public sealed record SettingGroup(string Id, string Title, string Text, IReadOnlyList<Setting> Settings);

/// <param name="Label">What is set.</param>
/// <param name="Value">To what.</param>
/// <param name="Variable">By which variable.</param>
public sealed record Setting(string Label, string Value, string Variable);
