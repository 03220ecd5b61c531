using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>The refusals that more than one room gives, so that each has one code.</summary>
internal static class Refusals
{
    public static readonly Refusal NoToken = new(
        "auth.token-invalid", "Send a valid token: 'Authorization: Bearer slc_at_…'. 'sluice token create' makes one.", 401);

    public static readonly Refusal OperatorOnly =
        new("auth.operator-only", "Only an operator may do this: use an operator's token.", 403);

    /// <summary>The same for an organization that is not there and one that the actor may not see.</summary>
    public static Refusal NoOrganization(string id) =>
        Refusal.NotFound("tenants.organization-unknown", $"There is no organization {Faults.Quote(id)}.");
}
