using Sluice.Kernel.Journal;

namespace Sluice.Gateway;

/// <summary>
/// Where the gateway leases the units of hard quotas from. A failure to reach it is an exception; a quota that is used
/// up is a grant of 0.
/// </summary>
public interface IAllowanceSource
{
    /// <summary>Leases at least <paramref name="least"/> units, or none.</summary>
    Task<AllowanceGrant> Lease(AllowanceQuota quota, long limit, long least, long wanted, CancellationToken ct);

    /// <summary>Gives back units that will not be spent.</summary>
    Task Return(AllowanceQuota quota, long units, CancellationToken ct);
}

/// <param name="Subject">The key's, app's or organization's id.</param>
/// <param name="Scope">One single quota.</param>
/// <param name="Period">First day (UTC) of the day or month.</param>
public readonly record struct AllowanceQuota(Guid Subject, QuotaScopes Scope, DateOnly Period);

/// <param name="Granted">Units leased now.</param>
/// <param name="Unleased">Units that the quota still holds.</param>
/// <param name="HeldElsewhere">Units that others hold and have not spent yet, as far as is known.</param>
public readonly record struct AllowanceGrant(long Granted, long Unleased, long HeldElsewhere);
