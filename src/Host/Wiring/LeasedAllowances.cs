using Sluice.Gateway;
using Sluice.Gateway.Usage;
using Sluice.Platform.Metering;

namespace Sluice.Host.Wiring;

/// <summary>Leases the gateway's quotas from Metering, in the name of this process's journal.</summary>
internal sealed class LeasedAllowances(IAllowances allowances, UsageJournal journal) : IAllowanceSource
{
    public async Task<AllowanceGrant> Lease(AllowanceQuota quota, long limit, long least, long wanted, CancellationToken ct)
    {
        var grant = await allowances.Lease(journal.Id, Key(quota), limit, least, wanted, ct);
        return new AllowanceGrant(grant.Granted, grant.Unleased, grant.HeldElsewhere);
    }

    public Task Return(AllowanceQuota quota, long units, CancellationToken ct) =>
        allowances.Return(journal.Id, Key(quota), units, ct);

    private static QuotaKey Key(AllowanceQuota quota) => new(quota.Subject, quota.Scope, quota.Period);
}
