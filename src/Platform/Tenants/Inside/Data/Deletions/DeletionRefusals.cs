using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>What deletions are refused with.</summary>
internal static class DeletionRefusals
{
    public static readonly Refusal None =
        Refusal.Conflict("tenants.deletion-none", "No deletion is planned: there is nothing to take back.");

    public static readonly Refusal Suspended = Refusal.Conflict(
        "tenants.organization-suspended",
        "An operator suspended the organization: ask the operator to delete it, or to let it in again.");

    /// <summary>Organizations with other members would be left without an owner.</summary>
    public static Refusal Leads(IReadOnlyList<Organization> led) => Refusal.Conflict(
        "tenants.owner-last",
        $"Nobody else is an owner of {string.Join(", ", led.Select(one => Faults.Quote(one.Name)))}: make somebody else an owner "
        + "there first, or delete it.");
}
