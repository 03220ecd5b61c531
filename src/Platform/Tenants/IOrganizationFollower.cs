using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// A room above that must know of a suspension in the very transaction that makes it: what it keeps and tells the data
/// plane is then never at odds with the organization. A fact of the outbox would come later than the promised second.
/// </summary>
public interface IOrganizationFollower
{
    /// <summary>Told inside the unit of work, last of all that it writes: locks taken here are the last ones.</summary>
    Task Suspended(OrganizationId organization, bool suspended, UnitOfWork work, CancellationToken ct = default);

    /// <summary>Told after the commit, before the caller gets its answer: this process applies what is new.</summary>
    Task Applied(CancellationToken ct = default);
}
