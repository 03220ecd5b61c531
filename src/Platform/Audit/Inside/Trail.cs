using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside;

internal sealed class Trail(NpgsqlDataSource source, TimeProvider time) : IAudit, IAuditTrail
{
    private const string Columns =
        "number, at, actor_kind, actor_name, actor_organization, action, subject, organization, before, after";

    public async Task Record(AuditEvent change, UnitOfWork work, CancellationToken ct = default)
    {
        // The lock on the head lasts to the end of the transaction: the chain has the order of the commits.
        var head = await work.Statement("SELECT number, hash FROM audit.head FOR UPDATE")
            .Row(row => (Number: row.GetInt64(0), Hash: row.GetFieldValue<byte[]>(1)), ct);
        var chained = new ChainedEvent(
            head.Number + 1, time.GetMicros(), change.Actor.Kind.ToString(), change.Actor.Name,
            change.Actor.Organization?.Value, change.Action, change.Subject, change.Organization?.Value, change.Before,
            change.After);
        var hash = chained.Hash(head.Hash);
        await work.Execute($"""
            WITH head AS (UPDATE audit.head SET number = $1, hash = $12)
            INSERT INTO audit.events ({Columns}, previous, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                chained.Number, chained.At, chained.ActorKind, chained.ActorName, chained.ActorOrganization,
                chained.Action, chained.Subject, chained.Organization, chained.Before, chained.After, head.Hash, hash,
            ], ct);
    }

    public async Task<AuditProof> Verify(CancellationToken ct = default)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        // One snapshot for events and head, so that a writer in between is no break.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using var work = new UnitOfWork(connection, transaction);
        var head = await work.Statement("SELECT number, hash FROM audit.head")
            .Row(row => (Number: row.GetInt64(0), Hash: row.GetFieldValue<byte[]>(1)), ct);

        await using var command = work.Statement($"SELECT {Columns}, previous, hash FROM audit.events ORDER BY number");
        await using var reader = await command.ExecuteReaderAsync(ct);
        var previous = System.Security.Cryptography.SHA256.HashData([]);
        long number = 0;
        while (await reader.ReadAsync(ct))
        {
            var chained = Read(reader);
            number++;
            if (chained.Number != number
                || !previous.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(10))
                || !chained.Hash(previous).AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(11)))
                return new AuditProof(number - 1, number);
            previous = reader.GetFieldValue<byte[]>(11);
        }
        var whole = head.Number == number && head.Hash.AsSpan().SequenceEqual(previous);
        return new AuditProof(number, whole ? null : number + 1);
    }

    private static ChainedEvent Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.Optional<Guid?>(4),
        row.GetString(5), row.GetString(6), row.Optional<Guid?>(7), row.Optional<string>(8), row.Optional<string>(9));
}
