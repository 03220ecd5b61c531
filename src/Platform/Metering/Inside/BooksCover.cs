using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>A journal's row, as one snapshot shows it.</summary>
internal sealed record FoldedJournal(JournalId Id, JournalPosition Position, long Records, long Holes, DateTimeOffset SeenAt);

/// <summary>A segment at hand, up to which slot it is folded, and which minutes its folded records lie in.</summary>
internal sealed record CoveredSegment(string Directory, int Number, int Slots, long Records, int FirstMinute, int LastMinute);

/// <summary>
/// What the journals at hand tell about, and when records existed that are not at hand any more. A minute can be proved
/// when no missing record can lie in it.
/// </summary>
internal sealed class BooksCover
{
    // Clocks of a node and its database, and calls that were taken just before a segment changed.
    private const int SlackMinutes = 2;
    private const int RecordsLooked = 4096;
    private const long MicrosPerMinute = 60_000_000;

    private readonly List<(int From, int To)> _missing = [];

    public List<CoveredSegment> Segments { get; } = [];

    public int Journals { get; private set; }

    /// <summary>Journals whose own count of folded records is not what their segments hold.</summary>
    public List<(JournalId Journal, long Found, long Folded)> Miscounted { get; } = [];

    /// <summary>Times of which records are missing, as minutes since 1970: sorted, apart, the end excluded.</summary>
    public IReadOnlyList<(int From, int To)> Missing => _missing;

    /// <summary>Folded records that lie behind the last one of their journal that is there.</summary>
    public long LostAtEnd { get; private set; }

    public static BooksCover Read(string journalsDirectory, IEnumerable<FoldedJournal> folded, CancellationToken ct)
    {
        var cover = new BooksCover();
        var directories = JournalFiles.Journals(journalsDirectory);
        foreach (var journal in folded)
        {
            if (directories.TryGetValue(journal.Id, out var directory)) cover.Add(journal, directory, ct);
            else if (journal.Records > 0) cover.Miss(journal.Id, Minute(journal.SeenAt));
        }
        cover.Merge();
        return cover;
    }

    public static int Minute(DateTimeOffset at) => (int)Math.Floor((at - DateTimeOffset.UnixEpoch).TotalMinutes);

    public static int Minute(long micros) => (int)Math.DivRem(micros, MicrosPerMinute).Quotient;

    private void Add(FoldedJournal journal, string directory, CancellationToken ct)
    {
        Journals++;
        var (found, last) = (0L, int.MinValue);
        var blanks = default(Blanks);
        var whole = true;
        var unexplained = false;
        for (var number = 1; number <= journal.Position.Segment; number++)
        {
            ct.ThrowIfCancellationRequested();
            // Nothing is folded of a segment that the position only just entered.
            var ending = number == journal.Position.Segment;
            if (ending && journal.Position.Slot <= 1) break;
            using var segment = BooksSegment.Open(directory, number, out var isThere);
            if (segment is null)
            {
                // One whose header was lost in a power failure is there, and was folded as the nothing that it holds.
                (whole, unexplained) = (whole && isThere, unexplained || !isThere);
                blanks.After = int.MaxValue;
                continue;
            }
            var slots = ending ? Math.Min(journal.Position.Slot, segment.Header.Slots) : segment.Header.Slots;
            var (covered, until) = Look(segment, directory, number, slots, ref blanks, ct);
            if (covered.Records == 0) continue;
            Segments.Add(covered);
            (found, last) = (found + covered.Records, Math.Max(last, covered.LastMinute));
            // What was deleted before was written before what follows it.
            if (unexplained) Miss(journal.Id, until);
            unexplained = false;
        }
        if (unexplained) Miss(journal.Id, Minute(journal.SeenAt));
        if (!whole || found == journal.Records) return;
        // What a power loss takes of the last milliseconds is gone from the end, and its slots are left empty there; what
        // has no slot was folded twice. Slots without a record before that are holes, each counted as it was stepped over.
        var lost = journal.Records - found;
        if (found == 0 || lost < 0 || lost > blanks.After || blanks.Between > journal.Holes)
        {
            Miscounted.Add((journal.Id, found, journal.Records));
            return;
        }
        LostAtEnd += lost;
        // The last one that is there may be long before the first that is not, but none was folded later than this.
        Miss(journal.Id, Math.Max(last, Minute(journal.SeenAt)));
    }

    private static (CoveredSegment Covered, int WrittenBy) Look(
        SegmentReader segment, string directory, int number, int slots, ref Blanks blanks, CancellationToken ct)
    {
        var (records, first, last, written) = (0L, long.MaxValue, long.MinValue, long.MinValue);
        for (var slot = 1; slot < slots; slot++)
        {
            if (slot % RecordsLooked == 0) ct.ThrowIfCancellationRequested();
            if (!segment.TryRead(slot, out var record))
            {
                blanks.After++;
                continue;
            }
            // As the reader has it: names alone stand in a segment that was prepared and never used.
            if (record.Kind == RecordKind.Dictionary) continue;
            blanks = new Blanks { Between = blanks.Between + blanks.After };
            if (records++ < RecordsLooked) written = Math.Max(written, record.AtMicros + record.LatencyMicros);
            (first, last) = (Math.Min(first, record.AtMicros), Math.Max(last, record.AtMicros));
        }
        var covered = new CoveredSegment(directory, number, slots, records, Minute(first), Minute(last));
        return (covered, records == 0 ? 0 : Minute(written));
    }

    // A journal's id says when it began; no call in it was taken earlier.
    private void Miss(JournalId journal, int until)
    {
        Span<byte> bytes = stackalloc byte[16];
        journal.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        var began = (long)(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
        _missing.Add(((int)(began / 60_000) - SlackMinutes, until + 1 + SlackMinutes));
    }

    /// <summary>Slots that hold nothing: between the records that are there, and behind the last of them.</summary>
    private struct Blanks
    {
        public long Between;
        public long After;
    }

    private void Merge()
    {
        _missing.Sort();
        var kept = 0;
        for (var i = 1; i < _missing.Count; i++)
        {
            if (_missing[i].From <= _missing[kept].To)
                _missing[kept] = (_missing[kept].From, Math.Max(_missing[kept].To, _missing[i].To));
            else _missing[++kept] = _missing[i];
        }
        if (_missing.Count > 0) _missing.RemoveRange(kept + 1, _missing.Count - kept - 1);
    }
}

/// <summary>Opens segments wherever they lie now: the archive may take one while the books are read.</summary>
internal static class BooksSegment
{
    public static SegmentReader? Open(string directory, int number, out bool isThere)
    {
        var (live, archived) = (JournalFiles.Live(directory, number), JournalFiles.Archived(directory, number));
        var segment = SegmentReader.TryOpen(live) ?? SegmentReader.TryOpen(archived) ?? SegmentReader.TryOpen(live);
        isThere = segment is not null || File.Exists(live) || File.Exists(archived);
        return segment;
    }
}
