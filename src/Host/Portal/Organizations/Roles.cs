using Sluice.Kernel;

namespace Sluice.Host.Portal.Organizations;

/// <summary>Roles in words.</summary>
internal static class Roles
{
    private static readonly OrganizationRole[] Order =
    [
        OrganizationRole.Owner, OrganizationRole.Admin, OrganizationRole.Developer, OrganizationRole.Billing,
        OrganizationRole.Viewer,
    ];

    public static string Name(OrganizationRole role) => role.ToString();

    /// <summary>What a role may do, in one clause.</summary>
    public static string Says(OrganizationRole role) => role switch
    {
        OrganizationRole.Owner => "everything, members and deletion included.",
        OrganizationRole.Admin => "everything but owners and deletion.",
        OrganizationRole.Developer => "apps, keys, rules and limits.",
        OrganizationRole.Billing => "usage, plans and payments.",
        OrganizationRole.Viewer => "looks at everything and changes nothing.",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };

    public static string Name(PlatformRole role) => role switch
    {
        PlatformRole.None => "None",
        PlatformRole.Viewer => "Viewer",
        PlatformRole.Operator => "Operator",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };

    /// <summary>For a select: the roles that the person may give.</summary>
    public static IReadOnlyList<Kit.Choice> Choices(bool owners) =>
    [
        .. Order.Where(role => owners || role != OrganizationRole.Owner)
            .Select(role => new Kit.Choice(role.ToString(), $"{Name(role)} – {Says(role).TrimEnd('.')}")),
    ];

    public static bool TryParse(string text, out OrganizationRole role) =>
        Enum.TryParse(text, out role) && Enum.IsDefined(role) && !char.IsAsciiDigit(text[0]);
}
