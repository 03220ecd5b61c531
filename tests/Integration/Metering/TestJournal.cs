using System.Runtime.InteropServices;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Integration.Metering;

/// <summary>Writes the segments of a journal by hand, holes and torn records included.</summary>
public sealed class TestJournal : IDisposable
{
    private readonly int _slots;
    private readonly Lock _gate = new();
    private FileStream? _owner;
    private FileStream _file;
    private int _segment = 1;
    private int _slot = 1;

    public TestJournal(string root, int slots = 64)
    {
        _slots = slots;
        Id = WireId.New<JournalId>();
        Folder = Path.Combine(root, Id.ToString());
        Directory.CreateDirectory(Folder);
        _owner = JournalOwner.TryTake(Folder);
        _file = Begin();
    }

    public JournalId Id { get; }
    public string Folder { get; }

    public void Append(JournalRecord record)
    {
        lock (_gate)
        {
            Next();
            (record.ServiceName, record.MethodName) = Names;
            record.Kind = record.Kind == default ? RecordKind.Usage : record.Kind;
            record.Crc = JournalFormat.Crc(record);
            Write(record, _slot);
            // The commit word goes last, as the reader relies on it.
            record.Commit = JournalFormat.Committed;
            Write(record, _slot++);
        }
    }

    /// <summary>A slot that its writer claimed and never wrote.</summary>
    public void Hole()
    {
        lock (_gate)
        {
            Next();
            _slot++;
        }
    }

    /// <summary>A record of which only a part reached the file.</summary>
    public void Torn(JournalRecord record)
    {
        lock (_gate)
        {
            Next();
            record.Kind = RecordKind.Usage;
            record.Commit = JournalFormat.Committed;
            record.Crc = JournalFormat.Crc(record) + 1;
            Write(record, _slot++);
        }
    }

    /// <summary>Leaves the rest of the segment empty; in the next stand only names, as in one that is prepared.</summary>
    public void Prepare()
    {
        lock (_gate)
        {
            _slot = _slots;
            Next();
        }
    }

    public void Die()
    {
        _owner?.Dispose();
        _owner = null;
    }

    public void Dispose()
    {
        Die();
        _file.Dispose();
    }

    private void Next()
    {
        if (_slot < _slots) return;
        _file.Dispose();
        _segment++;
        _file = Begin();
    }

    private FileStream Begin()
    {
        var path = Path.Combine(Folder, JournalFormat.SegmentName(_segment));
        var file = new FileStream(
            path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.SetLength((long)_slots * JournalFormat.SlotBytes);
        var header = new SegmentHeader
        {
            Magic = JournalFormat.Magic,
            Version = JournalFormat.Version,
            Number = _segment,
            Journal = Id.Value,
            Slots = _slots,
            FirstSequence = (long)(_segment - 1) * (_slots - 1),
        };
        file.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<SegmentHeader>(in header)));
        _file = file;
        _slot = 1;
        // Names have other numbers in every segment.
        WriteName((uint)_segment, "eth");
        WriteName((uint)_segment + 1, "eth_call");
        return file;
    }

    public (uint Service, uint Method) Names => ((uint)_segment, (uint)_segment + 1);

    private void WriteName(uint number, string name)
    {
        var record = DictionaryEntry.Write(number, name);
        record.Crc = JournalFormat.Crc(record);
        record.Commit = JournalFormat.Committed;
        Write(record, _slot++);
    }

    private void Write(in JournalRecord record, int slot)
    {
        _file.Seek((long)slot * JournalFormat.SlotBytes, SeekOrigin.Begin);
        _file.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<JournalRecord>(in record)));
    }
}
