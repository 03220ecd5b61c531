using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// How rooms ask whether an actor may: the refusal, or null. What an actor may not see at all is refused as the caller
/// says, which is as what is not there.
/// </summary>
internal static class Permits
{
    /// <summary>In an organization. With <paramref name="fresh"/> a person must have proved himself lately.</summary>
    public static Refusal? Check(
        this Actor actor, Permission permission, OrganizationId organization, Refusal unseen, bool fresh = false)
    {
        if (!actor.MaySee(organization)) return unseen;
        if (!actor.May(permission, organization)) return Why(actor, permission, organization);
        return fresh && !actor.IsFresh ? Refusals.StepUp : null;
    }

    /// <summary>In the installation, or for itself.</summary>
    public static Refusal? Check(this Actor actor, Permission permission, bool fresh = false)
    {
        if (!actor.May(permission)) return Why(actor, permission, null);
        return fresh && !actor.IsFresh ? Refusals.StepUp : null;
    }

    /// <summary>Why an actor that sees may not.</summary>
    public static Refusal Why(Actor actor, Permission permission, OrganizationId? organization)
    {
        if (actor.LacksFactor && !Access.StaysWithoutFactor(permission)) return Refusals.FactorNeeded;
        if (!actor.IsVerified && Access.NeedsVerified(permission)) return Refusals.Unverified;
        return organization is { } id && actor.Suspended.Contains(id) && !Access.StaysInSuspension(permission)
            && actor.RoleIn(id) is { } role && Access.Has(role, permission)
            ? Refusals.Suspended
            : Refusals.Denied(permission);
    }
}
