using Sluice.Kernel;
using Sluice.Platform.Catalog;
using Sluice.Platform.Metering;
using Sluice.Platform.Notices;

namespace Sluice.Host.Wiring;

/// <summary>What alert rules look at, from Metering's sums and Catalog's plans: Notices may open neither.</summary>
internal sealed class UsageFacts(IUsage usage, ICatalog catalog, TimeProvider time) : IUsageFacts
{
    private const int ServerErrors = 5;

    public async Task<IReadOnlyList<OrganizationId>> Active(DateTimeOffset since, CancellationToken ct = default)
    {
        var rows = await Read(null, since, time.GetUtcNow().AddMinutes(1), "organization", ct);
        return [.. from row in rows where row.Organization is { } id && id.Value != Guid.Empty select row.Organization!.Value];
    }

    public async Task<UsedSpan> Used(
        OrganizationId organization, DateTimeOffset from, DateTimeOffset to, CancellationToken ct = default)
    {
        var rows = await Read(organization, from, to, "status", ct);
        return new UsedSpan(
            rows.Sum(row => row.Units), rows.Sum(row => row.Calls),
            rows.Where(row => row.StatusClass == ServerErrors).Sum(row => row.Calls));
    }

    public async Task<PlanQuotas> Quotas(OrganizationId organization, CancellationToken ct = default)
    {
        var limits = (await catalog.PlanOf(organization, ct)).Limits;
        return new PlanQuotas(limits.DailyUnits, limits.MonthlyUnits);
    }

    private async Task<IReadOnlyList<UsageRow>> Read(
        OrganizationId? organization, DateTimeOffset from, DateTimeOffset to, string groupBy, CancellationToken ct)
    {
        var read = await usage.Usage(
            new UsageQuery(organization, from, to, UsageBucket.Total, [groupBy], Limit: 100_000), Actor.System, ct);
        return read.Value;
    }
}
