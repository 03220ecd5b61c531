using Npgsql;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Data.Exports;

namespace Sluice.Platform.Tenants.Inside;

/// <summary>The arguments of the sweep.</summary>
internal sealed record SweepSignIn;

/// <summary>
/// Removes what is over: attempts that are forgotten, challenges that nobody answered, journeys to providers, links a day after
/// their end, exports that were kept long enough, sessions that are neither alive nor tell where somebody signs in from.
/// </summary>
internal sealed class Sweep(NpgsqlDataSource source, TimeProvider time) : IJobHandler<SweepSignIn>
{
    public const string Name = "tenants.sweep";
    public const string Queue = "tenants";

    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    // What one transaction removes of a table at most: others go on.
    private const int BatchMax = 5000;

    private static readonly string[] Over =
    [
        """
        DELETE FROM tenants.attempts WHERE key IN (
            SELECT key FROM tenants.attempts WHERE forgotten_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        """
        DELETE FROM tenants.links WHERE hash IN (
            SELECT hash FROM tenants.links WHERE expires_at < $1 - interval '1 day' LIMIT $2)
        """,
        """
        DELETE FROM tenants.challenges WHERE hash IN (
            SELECT hash FROM tenants.challenges WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        """
        DELETE FROM tenants.sessions WHERE id IN (
            SELECT id FROM tenants.sessions
            WHERE last_seen_at < $1 - interval '90 days' AND (revoked_at IS NOT NULL OR expires_at < $1) LIMIT $2)
        """,
        // Packing that takes longer than all its attempts was given up.
        $"""
        UPDATE tenants.exports SET state = 'failed', why = '{ExportTable.Broken}'
        WHERE id IN (
            SELECT id FROM tenants.exports WHERE state = 'waiting' AND created_at < $1 - interval '6 hours' LIMIT $2)
        """,
        """
        DELETE FROM tenants.export_parts WHERE export_id IN (
            SELECT id FROM tenants.exports WHERE expires_at < $1 AND bytes IS NOT NULL ORDER BY expires_at LIMIT $2)
        """,
        """
        DELETE FROM tenants.exports WHERE id IN (
            SELECT id FROM tenants.exports WHERE expires_at < $1 - interval '1 day' LIMIT $2)
        """,
        """
        DELETE FROM tenants.invitations WHERE id IN (
            SELECT id FROM tenants.invitations WHERE expires_at < $1 - interval '90 days' LIMIT $2)
        """,
        "DELETE FROM tenants.journeys WHERE hash IN (SELECT hash FROM tenants.journeys WHERE expires_at < $1 LIMIT $2)",
    ];

    public async Task Handle(SweepSignIn arguments, IJobContext job, CancellationToken ct) => await Once(ct);

    /// <summary>Removes a batch of each.</summary>
    public async Task Once(CancellationToken ct)
    {
        foreach (var sql in Over)
        {
            await using var command = source.Statement(sql, time.GetMicros(), BatchMax);
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
