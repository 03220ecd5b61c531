using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Kernel.Journal;

/// <summary>
/// A dictionary record: the number at <see cref="JournalRecord.ServiceName"/>, the length at
/// <see cref="JournalRecord.BatchIndex"/>, and the name as UTF-8 from byte 96 of the slot on.
/// </summary>
public static class DictionaryEntry
{
    private const int TextOffset = 96;

    public const int NameBytesMax = JournalFormat.SlotBytes - TextOffset;

    public static JournalRecord Write(uint number, string name)
    {
        var record = new JournalRecord { Kind = RecordKind.Dictionary, ServiceName = number };
        var slot = MemoryMarshal.AsBytes(new Span<JournalRecord>(ref record));
        Encoding.UTF8.GetEncoder().Convert(name, slot[TextOffset..], flush: true, out _, out var written, out _);
        record.BatchIndex = written;
        return record;
    }

    public static (uint Number, string Name) Read(in JournalRecord record)
    {
        var slot = MemoryMarshal.AsBytes(new ReadOnlySpan<JournalRecord>(in record));
        var length = Math.Clamp(record.BatchIndex, 0, NameBytesMax);
        return (record.ServiceName, Encoding.UTF8.GetString(slot.Slice(TextOffset, length)));
    }
}
