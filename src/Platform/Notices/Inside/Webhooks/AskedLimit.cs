using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Webhooks;

/// <summary>
/// How often members have something sent by hand: test events and deliveries once more, of all webhooks of an organization
/// together. So many at once, and then one a step, the same number a minute; counted in the database, for all processes.
/// </summary>
internal sealed class AskedLimit(NpgsqlDataSource source, IOptions<WebhooksOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Counts one in the caller's transaction; or the refusal, with the time to wait, and nothing is counted.</summary>
    public async Task<Refusal?> Take(OrganizationId organization, UnitOfWork work, CancellationToken ct)
    {
        var (now, step) = (time.GetMicros(), Window / options.Value.AskedPerMinute);
        // The row is locked by it, so that two at once are counted one after the other.
        var counted = await work.Execute("""
            INSERT INTO notices.asked AS held (organization_id, until) VALUES ($1, $2::timestamptz + $3::interval)
            ON CONFLICT (organization_id) DO UPDATE SET until = greatest(held.until, $2) + $3
            WHERE greatest(held.until, $2) + $3 <= $2 + $4::interval
            """, [organization.Value, now, step, Window], ct);
        if (counted == 1) return null;
        var until = await work.Statement("SELECT until FROM notices.asked WHERE organization_id = $1", organization.Value)
            .Row(row => row.GetFieldValue<DateTimeOffset>(0), ct);
        return NoticeRefusals.AskedTooOften(options.Value.AskedPerMinute, until + step - (now + Window));
    }

    /// <summary>Drops what counts no more.</summary>
    public async Task Forget(CancellationToken ct)
    {
        await using var command = source.Statement("DELETE FROM notices.asked WHERE until < $1", time.GetMicros());
        await command.ExecuteNonQueryAsync(ct);
    }
}
