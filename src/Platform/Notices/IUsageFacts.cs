using Sluice.Kernel;

namespace Sluice.Platform.Notices;

/// <summary>
/// What alert rules are about. The room may not open Metering and Catalog, so the host tells it here; without one
/// registered no rule is evaluated.
/// </summary>
public interface IUsageFacts
{
    /// <summary>Organizations that used anything since then.</summary>
    Task<IReadOnlyList<OrganizationId>> Active(DateTimeOffset since, CancellationToken ct = default);

    /// <summary>What an organization used in a span of time.</summary>
    Task<UsedSpan> Used(OrganizationId organization, DateTimeOffset from, DateTimeOffset to, CancellationToken ct = default);

    /// <summary>The quotas of its plan, in units; null where there is none.</summary>
    Task<PlanQuotas> Quotas(OrganizationId organization, CancellationToken ct = default);
}

/// <param name="Units">Compute units.</param>
/// <param name="Calls">All calls.</param>
/// <param name="Failed">Those that ended with a status of 5xx.</param>
public readonly record struct UsedSpan(long Units, long Calls, long Failed);

/// <param name="DailyUnits">A UTC day.</param>
/// <param name="MonthlyUnits">A calendar month, UTC.</param>
public readonly record struct PlanQuotas(long? DailyUnits, long? MonthlyUnits);
