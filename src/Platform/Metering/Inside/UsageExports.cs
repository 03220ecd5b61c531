using System.Runtime.CompilerServices;
using Sluice.Kernel;

namespace Sluice.Platform.Metering.Inside;

/// <summary>What an organization takes along of its usage: sums of each day, which are kept longest.</summary>
internal sealed class UsageExports(Rollups rollups, TimeProvider time) : IExportSource
{
    private static readonly string[] GroupBy = ["app", "key", "service", "method", "status", "cached"];

    private static readonly DateTimeOffset First = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public IEnumerable<ExportFile> FilesOf(ExportOf whose) => whose.Organization is not { } organization ? [] :
    [
        new("usage", "What was used each day (UTC), by app, key, service, method and status.", Rows(organization)),
    ];

    // Day by day, so that no answer is large; from when the organization began, because nothing was used before.
    private async IAsyncEnumerable<object> Rows(
        OrganizationId organization, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var end = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        for (var day = Began(organization); day < end; day = day.AddDays(1))
        {
            var query = new UsageQuery(organization, day, day.AddDays(1), UsageBucket.Day, GroupBy);
            foreach (var row in await rollups.Read(query, int.MaxValue, ct)) yield return row;
        }
    }

    // The first 48 bits of a UUIDv7 are milliseconds since 1970 (RFC 9562 section 5.7). With an id of another kind it is when the
    // first one can have been made.
    private static DateTimeOffset Began(OrganizationId organization)
    {
        Span<byte> bytes = stackalloc byte[16];
        organization.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16;
        var at = organization.Value.Version == 7 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : First;
        return new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero);
    }
}
