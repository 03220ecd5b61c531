namespace Sluice.Kernel.Journal;

/// <summary>
/// Walks a journal from a position on. While the owner lives a missing record ends the walk, because it may still be
/// written; once the owner is known dead a missing record is a hole and is stepped over and counted.
/// </summary>
public sealed class JournalReader(string directory, JournalPosition from) : IDisposable
{
    private readonly Dictionary<uint, string> _names = [];
    private SegmentReader? _segment;
    private int _segmentNumber;
    private long _emptySinceRecord;

    /// <summary>What stands for a name whose dictionary record was lost.</summary>
    public const string LostName = "(lost)";

    /// <summary>The slot that is read next.</summary>
    public JournalPosition Position { get; private set; } = from;

    /// <summary>Reserved or torn slots stepped over so far, the never used tail of the last segment not counted.</summary>
    public long Holes { get; private set; }

    /// <summary>The name behind a number of a record that this reader returned.</summary>
    public string Name(uint number) => number == 0 ? "" : _names.GetValueOrDefault(number, LostName);

    /// <summary>Reads the next usage or checkpoint record.</summary>
    /// <param name="ownerDead">Whether holes may be stepped over: only under the owner's lock.</param>
    /// <param name="record">The record read.</param>
    public bool TryRead(bool ownerDead, out JournalRecord record)
    {
        while (true)
        {
            if (!Open())
            {
                if (!IsLostWhole(ownerDead)) break;
                Position = new JournalPosition(Position.Segment + 1, 1);
                continue;
            }
            var slots = _segment!.Header.Slots;
            while (Position.Slot < slots)
            {
                if (_segment.TryRead(Position.Slot, out record))
                {
                    Position = Position with { Slot = Position.Slot + 1 };
                    if (record.Kind == RecordKind.Dictionary)
                    {
                        // Names alone stand in a segment that was prepared and never used: what is empty before them is
                        // the tail of the segment that was used last.
                        Learn(record);
                        continue;
                    }
                    (Holes, _emptySinceRecord) = (Holes + _emptySinceRecord, 0);
                    return true;
                }
                else if (ownerDead)
                {
                    Position = Position with { Slot = Position.Slot + 1 };
                    _emptySinceRecord++;
                }
                else
                {
                    return false;
                }
            }
            if (!File.Exists(PathOf(Position.Segment + 1))) break;
            Position = new JournalPosition(Position.Segment + 1, 1);
        }
        record = default;
        return false;
    }

    private bool Open()
    {
        if (_segment is not null && _segmentNumber == Position.Segment) return true;
        _segment?.Dispose();
        _segment = SegmentReader.TryOpen(PathOf(Position.Segment));
        _segmentNumber = Position.Segment;
        if (_segment is null) return false;
        // A walk that starts in the middle of a segment still needs the names that were told before.
        for (var slot = 1; slot < Math.Min(Position.Slot, _segment.Header.Slots); slot++)
            if (_segment.TryRead(slot, out var earlier) && earlier.Kind == RecordKind.Dictionary) Learn(earlier);
        return true;
    }

    /// <summary>
    /// Whether the segment at the position lost its header, which a power failure can do, and the journal goes on
    /// behind it. A segment that is not there at all must never be taken for the journal's end.
    /// </summary>
    private bool IsLostWhole(bool ownerDead)
    {
        if (!File.Exists(PathOf(Position.Segment + 1))) return false;
        if (File.Exists(PathOf(Position.Segment))) return ownerDead;
        throw new InvalidDataException($"Segment {Position.Segment} of {directory} is missing.");
    }

    private string PathOf(int segment) => Path.Combine(directory, JournalFormat.SegmentName(segment));

    private void Learn(in JournalRecord record)
    {
        var (number, name) = DictionaryEntry.Read(record);
        _names[number] = name;
    }

    public void Dispose() => _segment?.Dispose();
}
