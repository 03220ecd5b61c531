using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// The pump. It holds nothing that it could not lose: whatever fails, the reader is thrown away and the next run
/// begins where the database says.
/// </summary>
internal sealed partial class Journals(
    JournalStore store, MeteringMetrics metrics, TimeProvider time, IOptions<MeteringOptions> options,
    ILogger<Journals> log) : IJournals
{
    /// <summary>Transactions of one run, so that a run ends also where the writer is faster.</summary>
    private const int BatchesMax = 20;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<JournalId, PumpCursor> _cursors = [];
    private readonly ConcurrentDictionary<JournalId, long> _touched = [];
    private readonly ConcurrentDictionary<JournalId, JournalPosition> _positions = [];

    public Task Register(JournalId journal, string directory, string? internalUrl, CancellationToken ct = default) =>
        store.Register(journal, Path.GetFullPath(directory), internalUrl, ct);

    public async Task<PumpProgress> Pump(
        JournalId journal, string directory, bool ownerDead, CancellationToken ct = default)
    {
        var started = time.GetTimestamp();
        // Taken out while in use: a second pump of this process gets a reader of its own and is sorted out by the row.
        if (!_cursors.TryRemove(journal, out var cursor)) cursor = null;
        try
        {
            cursor ??= await Open(journal, directory, ct);
            (cursor, var records, var holes, var atEnd) = await Run(journal, directory, cursor, ownerDead, ct);
            metrics.Pumped(records, holes, time.GetElapsedTime(started));
            if (!ownerDead) _positions[journal] = cursor.Stored;
            var oldest = atEnd ? null : Oldest(journal, directory);
            if (!ownerDead && _cursors.TryAdd(journal, cursor)) cursor = null;
            return new PumpProgress(records, holes, atEnd, oldest);
        }
        finally
        {
            cursor?.Dispose();
        }
    }

    public async Task<int> TakeOver(string journalsDirectory, CancellationToken ct = default)
    {
        var directories = JournalFiles.Journals(journalsDirectory);
        var known = await store.Known([.. directories.Keys], ct);
        // Files are opened and locked below, not on the thread that completed the database's answer.
        await Task.Yield();
        var closed = 0;
        foreach (var (journal, directory) in directories)
        {
            if (known.GetValueOrDefault(journal) is { Closed: true }) continue;
            // A directory without the lock's file is one that its owner is just making.
            if (!File.Exists(Path.Combine(directory, JournalFormat.LockFile))) continue;
            await using var held = JournalOwner.TryTake(directory);
            if (held is null) continue;
            try
            {
                PumpProgress progress;
                do progress = await Pump(journal, directory, ownerDead: true, ct);
                while (!progress.AtEnd);
                closed++;
                LogTakenOver(journal, progress.Records, progress.Holes);
            }
            catch (InvalidDataException error)
            {
                // One damaged journal must not keep the others from being taken over.
                LogDamaged(journal, error.Message);
            }
        }
        return closed;
    }

    /// <summary>
    /// Time of the oldest record of a living journal that this process has not seen folded; null when none is there.
    /// Needs no database.
    /// </summary>
    public DateTimeOffset? Oldest(JournalId journal, string directory)
    {
        var position = _positions.GetValueOrDefault(journal, JournalPosition.Start);
        while (true)
        {
            using var segment = SegmentReader.TryOpen(JournalFiles.Live(directory, position.Segment));
            if (segment is null) return null;
            for (var slot = position.Slot; slot < segment.Header.Slots; slot++)
            {
                if (!segment.TryRead(slot, out var record)) return null;
                if (record.Kind != RecordKind.Dictionary)
                    return DateTimeOffset.UnixEpoch.AddMicroseconds(record.AtMicros);
            }
            position = new JournalPosition(position.Segment + 1, 1);
        }
    }

    private async Task<PumpCursor> Open(JournalId journal, string directory, CancellationToken ct)
    {
        if (await store.Touch(journal, ct) is not { } position)
        {
            await store.Register(journal, Path.GetFullPath(directory), null, ct);
            position = await store.Touch(journal, ct) ?? JournalPosition.Start;
        }
        _touched[journal] = time.GetTimestamp();
        // Whoever folded before may have been cut off between a commit and the settling behind it.
        await store.Settle(journal, ct);
        JournalFiles.MakeReadable(directory, position);
        return new PumpCursor(directory, position);
    }

    private async Task<(PumpCursor Cursor, long Records, long Holes, bool AtEnd)> Run(
        JournalId journal, string directory, PumpCursor cursor, bool ownerDead, CancellationToken ct)
    {
        var (records, holes) = (0L, 0L);
        var fold = new Fold();
        try
        {
            for (var batch = 0; batch < BatchesMax; batch++)
            {
                fold.Clear();
                // A work item of its own: this may be the thread that completed a socket operation for the whole process.
                var reading = cursor;
                var atEnd = await Task.Run(() => reading.Read(fold, options.Value.PumpBatch, ownerDead), ct);
                var committed = await Commit(journal, cursor, fold, ownerDead && atEnd, ct);
                if (committed == Committed.Moved)
                {
                    cursor.Dispose();
                    cursor = await Open(journal, directory, ct);
                    continue;
                }
                if (committed != Committed.Nothing)
                {
                    records += fold.Records;
                    holes += cursor.Holes;
                    cursor.Commit();
                }
                if (committed == Committed.Overdrawn) await store.Settle(journal, ct);
                if (!atEnd) continue;
                if (!ownerDead) return (cursor, records, holes, true);
                if (!JournalFiles.MakeReadable(directory, cursor.Position) && await store.Close(journal, cursor.Stored, ct))
                {
                    _touched.TryRemove(journal, out _);
                    return (cursor, records, holes, true);
                }
                cursor.Dispose();
                cursor = await Open(journal, directory, ct);
            }
            return (cursor, records, holes, false);
        }
        catch
        {
            cursor.Dispose();
            throw;
        }
    }

    private async Task<Committed> Commit(
        JournalId journal, PumpCursor cursor, Fold fold, bool toTheEnd, CancellationToken ct)
    {
        var moved = cursor.Position.Segment != cursor.Stored.Segment || (toTheEnd && cursor.Position != cursor.Stored);
        if (fold.Records > 0 || moved)
        {
            var committed = await store.Commit(journal, cursor.Stored, cursor.Position, fold, cursor.Holes, ct);
            _touched[journal] = time.GetTimestamp();
            return committed;
        }
        if (time.GetElapsedTime(_touched.GetValueOrDefault(journal)) < Heartbeat) return Committed.Nothing;
        // A database that was restored says so here also while nothing is recorded.
        if (await store.Touch(journal, ct) != cursor.Stored) return Committed.Moved;
        _touched[journal] = time.GetTimestamp();
        return Committed.Nothing;
    }

    [LoggerMessage(6001, LogLevel.Information, "Took over journal {Journal}: {Records} records, {Holes} holes")]
    private partial void LogTakenOver(JournalId journal, long records, long holes);

    [LoggerMessage(6002, LogLevel.Error, "Journal {Journal} cannot be taken over: {Reason}")]
    private partial void LogDamaged(JournalId journal, string reason);
}
