using System.Numerics;
using System.Runtime.InteropServices;

namespace Sluice.Kernel.Journal;

/// <summary>
/// The journal's layout on disk. A journal is a directory <c>{journal id}/</c> of segments
/// <c>{number:D10}.seg</c>; its owner holds an exclusive lock on <c>owner.lock</c> for as long as it lives.
/// A segment is a 256-byte header slot and then record slots of 256 bytes. Slots have one fixed size so that a slot
/// which was reserved and never written can be stepped over without trusting its content.
/// </summary>
public static class JournalFormat
{
    public const int SlotBytes = 256;
    public const byte Version = 1;

    /// <summary>Slots of a full-size segment, its header slot included: 64 MB.</summary>
    public const int SegmentSlotsMax = 64 * 1024 * 1024 / SlotBytes;

    /// <summary>The commit word of a whole record.</summary>
    public const uint Committed = 0x534C4331;

    /// <summary>"SLUICEJ1": the first bytes of a segment.</summary>
    public const ulong Magic = 0x314A454349554C53;

    public const string LockFile = "owner.lock";

    public static string SegmentName(int number) => $"{number:D10}.seg";

    public static uint Crc(in JournalRecord record)
    {
        var words = MemoryMarshal.Cast<JournalRecord, ulong>(new ReadOnlySpan<JournalRecord>(in record));
        var crc = uint.MaxValue;
        for (var i = 1; i < words.Length; i++) crc = BitOperations.Crc32C(crc, words[i]);
        return ~crc;
    }
}

/// <summary>The first slot of a segment.</summary>
[StructLayout(LayoutKind.Explicit, Size = JournalFormat.SlotBytes)]
public struct SegmentHeader
{
    [FieldOffset(0)] public ulong Magic;
    [FieldOffset(8)] public int Version;
    [FieldOffset(12)] public int Number;
    [FieldOffset(16)] public Guid Journal;
    /// <summary>Slots of this segment, the header included.</summary>
    [FieldOffset(32)] public int Slots;
    /// <summary>Sequence of the record in slot 1.</summary>
    [FieldOffset(40)] public long FirstSequence;
    [FieldOffset(48)] public long CreatedMicros;
}

/// <summary>A place in a journal: the slot of <paramref name="Segment"/> that is to be read next.</summary>
public readonly record struct JournalPosition(int Segment, int Slot) : IComparable<JournalPosition>
{
    public static readonly JournalPosition Start = new(1, 1);

    public int CompareTo(JournalPosition other) =>
        Segment != other.Segment ? Segment.CompareTo(other.Segment) : Slot.CompareTo(other.Slot);

    public static bool operator <(JournalPosition a, JournalPosition b) => a.CompareTo(b) < 0;
    public static bool operator >(JournalPosition a, JournalPosition b) => a.CompareTo(b) > 0;
    public static bool operator <=(JournalPosition a, JournalPosition b) => a.CompareTo(b) <= 0;
    public static bool operator >=(JournalPosition a, JournalPosition b) => a.CompareTo(b) >= 0;
}
