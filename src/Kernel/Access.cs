using System.Collections.Frozen;
using System.Text.Json;
using static Sluice.Kernel.OrganizationRole;

namespace Sluice.Kernel;

/// <summary>
/// The one table of who may do what: each permission with the roles that have it. docs/roles.md shows the same table,
/// and a test compares the two. Pure.
/// </summary>
public static class Access
{
    private static readonly ActorKind[] Anybody =
        [ActorKind.System, ActorKind.Operator, ActorKind.Organization, ActorKind.User];

    private static readonly Row[] Table =
    [
        Of(Permission.OrganizationRead, Owner, Admin, Developer, Billing, Viewer),
        Of(Permission.OrganizationWrite, Owner, Admin),
        Of(Permission.OrganizationDelete, Owner),
        Of(Permission.OwnersWrite, Owner),
        Of(Permission.MembersRead, Owner, Admin, Developer, Billing, Viewer),
        Of(Permission.MembersWrite, Owner, Admin),
        Of(Permission.AppsRead, Owner, Admin, Developer, Billing, Viewer),
        Of(Permission.AppsWrite, Owner, Admin, Developer),
        Of(Permission.RulesWrite, Owner, Admin, Developer),
        Of(Permission.LimitsWrite, Owner, Admin, Developer),
        Of(Permission.KeysRead, Owner, Admin, Developer, Billing, Viewer),
        Of(Permission.KeysWrite, Owner, Admin, Developer),
        Of(Permission.UsageRead, Owner, Admin, Developer, Billing, Viewer),
        Of(Permission.LogRead, Owner, Admin, Developer, Viewer),
        Of(Permission.TokensRead, Owner, Admin),
        Of(Permission.TokensWrite, Owner, Admin),
        Of(Permission.AuditRead, Owner, Admin),
        Of(Permission.WebhooksRead, Owner, Admin, Developer, Viewer),
        Of(Permission.WebhooksWrite, Owner, Admin, Developer),
        Of(Permission.AlertsRead, Owner, Admin, Developer, Billing, Viewer),
        Of(Permission.AlertsWrite, Owner, Admin, Developer, Billing),
        Of(Permission.BillingRead, Owner, Admin, Billing),
        Of(Permission.BillingWrite, Owner, Billing),
        Of(Permission.DataExport, Owner),

        Of(Permission.OrganizationsRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.OrganizationsWrite, PlatformRole.Operator),
        Of(Permission.ServicesRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.ServicesWrite, PlatformRole.Operator),
        Of(Permission.PlansRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.PlansWrite, PlatformRole.Operator),
        Of(Permission.UsersRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.UsersWrite, PlatformRole.Operator),
        Of(Permission.OperatorTokensRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.OperatorTokensWrite, PlatformRole.Operator),
        Of(Permission.JobsRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.JobsWrite, PlatformRole.Operator),
        Of(Permission.SettingsRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.SettingsWrite, PlatformRole.Operator),
        Of(Permission.PlatformAuditRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.PlatformUsageRead, PlatformRole.Viewer, PlatformRole.Operator),
        Of(Permission.MailOpen, PlatformRole.Operator),

        Of(Permission.CatalogRead, Anybody),
        Of(Permission.MembershipsRead, Anybody),
        Of(Permission.SelfRead, ActorKind.User),
        Of(Permission.SelfWrite, ActorKind.User),
        Of(Permission.SelfSecurity, ActorKind.User),
        Of(Permission.OrganizationsCreate, ActorKind.System, ActorKind.Operator, ActorKind.User),
        Of(Permission.OrganizationsJoin, ActorKind.User),
    ];

    private static readonly FrozenDictionary<Permission, Row> Rows = Table.ToFrozenDictionary(row => row.Permission);

    private static readonly FrozenDictionary<string, Permission> ByName =
        Table.ToFrozenDictionary(row => Name(row.Permission), row => row.Permission, StringComparer.Ordinal);

    // Gated until the address is verified: what reaches other people, machines or money, and what outlives who made it.
    private static readonly FrozenSet<Permission> ForVerified =
        FrozenSet.Create(
            Permission.OrganizationsCreate, Permission.OrganizationsJoin, Permission.MembersWrite, Permission.OwnersWrite,
            Permission.BillingWrite, Permission.TokensWrite, Permission.WebhooksWrite);

    /// <summary>All permissions, in the order of the table.</summary>
    public static IReadOnlyList<Permission> All { get; } = [.. Table.Select(row => row.Permission)];

    /// <summary>How a permission reads on the wire: <c>appsWrite</c>.</summary>
    public static string Name(Permission permission) => JsonNamingPolicy.CamelCase.ConvertName(permission.ToString());

    public static Permission? Find(string name) => ByName.TryGetValue(name, out var found) ? found : null;

    public static PermissionLevel LevelOf(Permission permission) => Rows[permission].Level;

    /// <summary>Whether it changes nothing: what a platform viewer has in every organization.</summary>
    public static bool IsRead(Permission permission) => permission.ToString().EndsWith("Read", StringComparison.Ordinal);

    /// <summary>
    /// Whether members keep it while their organization is suspended: to look, to take their data along, and to take back that
    /// it is deleted.
    /// </summary>
    public static bool StaysInSuspension(Permission permission) =>
        IsRead(permission) || permission is Permission.DataExport or Permission.OrganizationDelete;

    /// <summary>Whether a person keeps it who has no second factor where one is demanded: to look after itself.</summary>
    public static bool StaysWithoutFactor(Permission permission) =>
        permission is Permission.SelfRead or Permission.SelfWrite or Permission.SelfSecurity;

    /// <summary>Whether it waits until the person's address is verified.</summary>
    public static bool NeedsVerified(Permission permission) => ForVerified.Contains(permission);

    /// <summary>Whether a member of this role has it in the organization.</summary>
    public static bool Has(OrganizationRole role, Permission permission) =>
        Rows[permission].Organization.Contains(role);

    /// <summary>Whether somebody of this role has it for the installation.</summary>
    public static bool Has(PlatformRole role, Permission permission) => Rows[permission].Platform.Contains(role);

    /// <summary>
    /// Whether somebody of this role has it in an organization to which he does not belong: operators all of them,
    /// viewers what changes nothing.
    /// </summary>
    public static bool HasEverywhere(PlatformRole role, Permission permission) =>
        LevelOf(permission) == PermissionLevel.Organization
        && (role == PlatformRole.Operator || (role == PlatformRole.Viewer && IsRead(permission)));

    /// <summary>Whether this kind of actor has it for itself.</summary>
    public static bool Has(ActorKind kind, Permission permission) => Rows[permission].Kinds.Contains(kind);

    private static Row Of(Permission permission, params OrganizationRole[] roles) =>
        new(permission, PermissionLevel.Organization, roles, [], []);

    private static Row Of(Permission permission, params PlatformRole[] roles) =>
        new(permission, PermissionLevel.Platform, [], roles, []);

    private static Row Of(Permission permission, params ActorKind[] kinds) =>
        new(permission, PermissionLevel.Self, [], [], kinds);

    private sealed record Row(
        Permission Permission, PermissionLevel Level, OrganizationRole[] Organization, PlatformRole[] Platform,
        ActorKind[] Kinds);
}
