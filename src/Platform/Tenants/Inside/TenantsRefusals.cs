using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside;

internal static class TenantsRefusals
{
    /// <summary>The same for an organization that is not there and one that the actor may not see.</summary>
    public static Refusal NoOrganization(OrganizationId id) =>
        Refusal.NotFound("tenants.organization_unknown", $"There is no organization {id}.");
}
