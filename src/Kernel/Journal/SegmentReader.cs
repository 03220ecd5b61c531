using System.IO.MemoryMappedFiles;

namespace Sluice.Kernel.Journal;

/// <summary>
/// Reads one segment through a read-only mapping, also while its owner appends to it. Reads allocate nothing.
/// </summary>
public sealed unsafe class SegmentReader : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private SegmentReader(MemoryMappedFile file, MemoryMappedViewAccessor view, byte* start, SegmentHeader header)
    {
        _file = file;
        _view = view;
        _start = start;
        Header = header;
    }

    public SegmentHeader Header { get; }

    /// <summary>
    /// Opens a segment. Null when the file is missing or its header was not written whole, which is how a segment
    /// looks that its owner was still preparing when it died: it never held a record.
    /// </summary>
    public static SegmentReader? TryOpen(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length < JournalFormat.SlotBytes) return null;
        MemoryMappedFile? file = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var lengthBytes = stream.Length;
            file = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var header = *(SegmentHeader*)start;
            var whole = header.Magic == JournalFormat.Magic && header.Version == JournalFormat.Version
                && header.Slots > 1 && (long)header.Slots * JournalFormat.SlotBytes <= lengthBytes;
            if (whole) return new SegmentReader(file, view, start, header);
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        catch (FileNotFoundException)
        {
            // Archived between the check and the open: as good as missing.
        }
        view?.Dispose();
        file?.Dispose();
        return null;
    }

    /// <summary>Copies the record of a slot. False when the slot is empty, being written, or torn.</summary>
    public bool TryRead(int slot, out JournalRecord record)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, Header.Slots);
        var at = (JournalRecord*)(_start + ((long)slot * JournalFormat.SlotBytes));
        if (Volatile.Read(ref at->Commit) != JournalFormat.Committed)
        {
            record = default;
            return false;
        }
        record = *at;
        return record.Crc == JournalFormat.Crc(record);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
