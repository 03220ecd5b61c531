using System.Globalization;
using System.Text;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside;

/// <summary>Signed ends of the chain.</summary>
internal sealed class CheckpointBook(NpgsqlDataSource source, IUnitsOfWork units, SigningKeys keys, TimeProvider time)
{
    private const string Columns = "number, at, hash, key_id, signature";

    public async Task<Checkpoint?> Sign(CancellationToken ct)
    {
        await using var work = await units.Begin(ct);
        // Read without its lock: what is signed is an end that was committed, and writers go on meanwhile.
        var head = await work.Statement("""
            SELECT number, hash FROM audit.head
            WHERE number > (SELECT coalesce(max(number), 0) FROM audit.checkpoints)
            """).Row(row => (Number: row.GetInt64(0), Hash: row.GetFieldValue<byte[]>(1)), ct);
        if (head.Hash is null) return null;
        var key = await keys.Current(work, ct);
        var at = time.GetMicros();
        var hash = Convert.ToHexStringLower(head.Hash);
        var checkpoint = new Checkpoint(head.Number, at, hash, key.Id, key.Sign(head.Number, hash, at));
        var written = await work.Execute(
            $"INSERT INTO audit.checkpoints ({Columns}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (number) DO NOTHING",
            [checkpoint.Number, at, head.Hash, key.Id, Convert.FromHexString(checkpoint.Signature)], ct);
        await work.Commit(ct);
        // Another process may have signed the same end just before: its signature is as good.
        return written == 1 ? checkpoint : null;
    }

    public async Task<IReadOnlyList<Checkpoint>> Last(int limit, CancellationToken ct) => await source
        .Statement($"SELECT {Columns} FROM audit.checkpoints ORDER BY number DESC LIMIT $1", limit).Rows(Read, ct);

    public static async Task<IReadOnlyList<Checkpoint>> All(UnitOfWork work, CancellationToken ct) =>
        await work.Statement($"SELECT {Columns} FROM audit.checkpoints ORDER BY number").Rows(Read, ct);

    /// <summary>The very bytes that are signed.</summary>
    public static byte[] Signed(long number, string hash, DateTimeOffset at)
    {
        var micros = (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"sluice-audit-1 {number} {hash} {micros}"));
    }

    private static Checkpoint Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), Convert.ToHexStringLower(row.GetFieldValue<byte[]>(2)),
        row.GetString(3), Convert.ToHexStringLower(row.GetFieldValue<byte[]>(4)));
}
