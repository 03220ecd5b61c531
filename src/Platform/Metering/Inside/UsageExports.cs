using System.Runtime.CompilerServices;
using Sluice.Kernel;

namespace Sluice.Platform.Metering.Inside;

/// <summary>What an organization takes along of its usage: sums of each day, which are kept longest.</summary>
internal sealed class UsageExports(Rollups rollups, TimeProvider time) : IExportSource
{
    private const int Years = 10;

    private static readonly string[] GroupBy = ["app", "key", "service", "method", "status", "cached"];

    public IEnumerable<ExportFile> FilesOf(ExportOf whose) => whose.Organization is not { } organization ? [] :
    [
        new("usage", "What was used each day (UTC), by app, key, service, method and status.", Rows(organization)),
    ];

    // Month by month, so that no answer is large.
    private async IAsyncEnumerable<object> Rows(
        OrganizationId organization, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var today = time.GetUtcNow().UtcDateTime.Date;
        var end = new DateTimeOffset(today.AddDays(1), TimeSpan.Zero);
        for (var from = new DateTimeOffset(today.Year - Years, today.Month, 1, 0, 0, 0, TimeSpan.Zero); from < end;)
        {
            var to = from.AddMonths(1) < end ? from.AddMonths(1) : end;
            var query = new UsageQuery(organization, from, to, UsageBucket.Day, GroupBy);
            foreach (var row in await rollups.Read(query, int.MaxValue, ct)) yield return row;
            from = to;
        }
    }
}
