using System.ComponentModel;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations.Routes;

/// <summary>An organization on the wire.</summary>
/// <param name="Id">The one id.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Role">What the person who asks is there; null where it is no person, or no member.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SuspendedAt">Since when it is shut out; null: is not.</param>
/// <param name="DeleteAt">When it is to be deleted; null: is not.</param>
internal sealed record OrganizationBody(
    OrganizationId Id, string Name, OrganizationRole? Role, DateTimeOffset CreatedAt, DateTimeOffset? SuspendedAt,
    DateTimeOffset? DeleteAt)
{
    public static OrganizationBody Of(Organization one, Actor actor) => new(
        one.Id, one.Name, actor.Kind == ActorKind.User ? actor.RoleIn(one.Id) : null, one.CreatedAt, one.SuspendedAt,
        one.DeleteAt);
}

/// <summary>What invites, as it is described; it is read field by field.</summary>
internal sealed record InvitationBody(
    [property: Description("Who: an address; only an account that proved it can accept.")] string Email,
    [property: Description("What the person will be.")] OrganizationRole Role);

/// <summary>What changes a role.</summary>
internal sealed record RoleBody([property: Description("What the member becomes.")] OrganizationRole Role);

/// <summary>What hands an organization over.</summary>
internal sealed record TransferBody([property: Description("A member whose address is verified.")] UserId User);

/// <summary>What shuts somebody out.</summary>
internal sealed record WhyBody(
    [property: Description("Why, for operators: at most 500 characters.")] string? Why = null);

/// <summary>What opens by a mailed link.</summary>
internal sealed record TokenBody(
    [property: Description("What stands behind 'token=' in the mailed link.")] string Token);
