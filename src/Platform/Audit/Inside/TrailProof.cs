using System.Data;
using System.Security.Cryptography;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside;

/// <summary>Recomputes the chain and holds it against what was signed.</summary>
internal sealed class TrailProof(NpgsqlDataSource source, SigningKeys keys)
{
    public async Task<AuditProof> Verify(Witness? witness, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        // One snapshot of everything, so that a writer in between is no break.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        await using var work = new UnitOfWork(connection, transaction);
        var head = await work.Statement("SELECT number, hash FROM audit.head")
            .Row(row => (Number: row.GetInt64(0), Hash: row.GetFieldValue<byte[]>(1)), ct);
        var signed = await CheckpointBook.All(work, ct);
        var judges = await keys.Judges(work, ct);
        var walk = new Walk(signed, judges, witness);

        await using var command = work.Statement(
            $"SELECT {TrailReading.Columns}, previous, hash FROM audit.events ORDER BY number");
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                if (TryRead(reader) is not { } shown) return walk.Unreadable();
                if (walk.Next(shown, reader.GetFieldValue<byte[]>(14), reader.GetFieldValue<byte[]>(15)) is { } broken)
                    return broken;
            }
        }
        return walk.End(head.Number, head.Hash);
    }

    // A time beyond the calendar was never written here.
    private static ChainedEvent? TryRead(NpgsqlDataReader row)
    {
        try
        {
            return Read(row);
        }
        catch (Exception fault) when (fault is InvalidCastException or ArgumentException or OverflowException)
        {
            return null;
        }
    }

    private static ChainedEvent Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.Optional<Guid?>(4),
        row.GetString(5), row.GetString(6), row.Optional<Guid?>(7), row.Optional<string>(8), row.Optional<string>(9))
    {
        Form = row.GetInt16(10),
        RequestId = row.Optional<string>(11),
        IpPrefix = row.Optional<string>(12),
        Agent = row.Optional<string>(13),
    };

    /// <summary>One pass over the chain. Pure: what it says depends on what it was shown alone.</summary>
    internal sealed class Walk(
        IReadOnlyList<Checkpoint> signed, Func<Checkpoint, bool> isGenuine, Witness? witness = null)
    {
        private byte[] _previous = SHA256.HashData([]);
        private long _number;
        private int _checkpoint;

        public AuditProof? Next(ChainedEvent shown, byte[] previous, byte[] hash)
        {
            if (shown.Number != _number + 1) return Broken($"Event {_number + 1} is missing.");
            if (!shown.IsOfItsForm) return Broken($"Event {shown.Number} holds what its form does not prove.");
            if (!_previous.AsSpan().SequenceEqual(previous) || !shown.Hash(_previous).AsSpan().SequenceEqual(hash))
                return Broken($"Event {shown.Number} was altered, or the one before it was.");
            _number++;
            _previous = hash;
            if (witness?.Number == _number && !Is(witness.Hash, hash))
                return Broken($"Event {_number} is not the one that the witness saw: the trail was written anew.", _number);
            if (_checkpoint < signed.Count && signed[_checkpoint].Number < _number)
                return Broken($"The checkpoint at {signed[_checkpoint].Number} is of no event.", signed[_checkpoint].Number);
            if (_checkpoint == signed.Count || signed[_checkpoint].Number != _number) return null;
            var checkpoint = signed[_checkpoint];
            if (!isGenuine(checkpoint))
                return Broken($"The signature of the checkpoint at {_number} is not of this installation's key.", _number);
            if (!Is(checkpoint.Hash, hash))
                return Broken($"Event {_number} is not the one that was signed: the trail was written anew.", _number);
            _checkpoint++;
            return null;
        }

        public AuditProof Unreadable() => Broken($"Event {_number + 1} was altered: it cannot be read.");

        public AuditProof End(long headNumber, byte[] headHash)
        {
            if (_checkpoint < signed.Count)
                return Broken($"A checkpoint signed {signed[_checkpoint].Number} events: the end of the trail was cut off.");
            if (witness?.Number > _number)
                return Broken($"The witness saw {witness.Number} events: the end of the trail was cut off.");
            return headNumber == _number && headHash.AsSpan().SequenceEqual(_previous)
                ? new AuditProof(_number, null, _checkpoint)
                : Broken("The head does not follow from the last event: the end of the trail was cut off.");
        }

        private static bool Is(string text, byte[] hash) =>
            string.Equals(text, Convert.ToHexStringLower(hash), StringComparison.Ordinal);

        private AuditProof Broken(string why, long? at = null) =>
            new((at ?? _number + 1) - 1, at ?? _number + 1, _checkpoint, why);
    }
}
