using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>The refusals that more than one room gives, so that each has one code.</summary>
internal static class Refusals
{
    public static readonly Refusal NoToken = new(
        "auth.token-invalid", "Send a valid token: 'Authorization: Bearer slc_at_…'. 'sluice token create' makes one.", 401);

    public static readonly Refusal StepUp = new(
        "access.step-up", "Prove that it is you once more, by password, passkey or code; then try again.", 403);

    public static readonly Refusal Unverified = new(
        "access.unverified", "Verify your e-mail address first: this reaches other people, or money.", 403);

    public static readonly Refusal FactorNeeded = new(
        "access.factor-needed",
        "Add a second factor to your account first, an authenticator app or a passkey: this installation asks for one.", 403);

    public static readonly Refusal Suspended = new(
        "access.suspended", "The organization is suspended: its members may look, and change nothing. Ask the operator.", 403);

    /// <summary>A route that forgot to say who may use it.</summary>
    public static readonly Refusal Undeclared = new("access.closed", "This address is open to nobody.", 403);

    public static Refusal Denied(Permission permission) => new(
        "access.denied",
        $"You need the permission '{Access.Name(permission)}' for this{Has(permission)}",
        403);

    private static string Has(Permission permission) =>
        permission == Permission.SelfSecurity ? ", which no token has: sign in with a browser."
        : Access.LevelOf(permission) == PermissionLevel.Self && !Access.Has(ActorKind.Operator, permission)
            ? ", which only a person has: sign in, or use a personal token that has it."
        : ". Ask somebody who may give you a role that has it.";

    /// <summary>The same for an organization that is not there and one that the actor may not see.</summary>
    public static Refusal NoOrganization(string id) =>
        Refusal.NotFound("tenants.organization-unknown", $"There is no organization {Faults.Quote(id)}.");
}
