using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Platform.Keys.Inside;

/// <summary>Puts suspensions into the feed, in the transaction that makes them: the keys end with the organization.</summary>
internal sealed class KeySuspensions(KeyFeed feed) : IOrganizationFollower
{
    public Task Suspended(OrganizationId organization, bool suspended, UnitOfWork work, CancellationToken ct = default) =>
        work.Execute($"""
            {KeyWrites.NextChange}
            INSERT INTO keys.organizations (organization_id, suspended, change)
            SELECT $1::uuid, $2::boolean, number FROM next
            ON CONFLICT (organization_id) DO UPDATE SET suspended = EXCLUDED.suspended, change = EXCLUDED.change
            """, [organization.Value, suspended], ct);

    public Task Applied(CancellationToken ct = default) => feed.Applied?.Invoke(ct) ?? Task.CompletedTask;
}
