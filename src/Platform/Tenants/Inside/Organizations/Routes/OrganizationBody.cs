using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations.Routes;

/// <summary>An organization on the wire.</summary>
/// <param name="Id">The one id.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Role">What the person who asks is there; null where it is no person, or no member.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SuspendedAt">Since when it is shut out; null: is not.</param>
internal sealed record OrganizationBody(
    OrganizationId Id, string Name, OrganizationRole? Role, DateTimeOffset CreatedAt, DateTimeOffset? SuspendedAt)
{
    public static OrganizationBody Of(Organization one, Actor actor) => new(
        one.Id, one.Name, actor.Kind == ActorKind.User ? actor.RoleIn(one.Id) : null, one.CreatedAt, one.SuspendedAt);
}
