using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Usage;

/// <summary>
/// One segment that this process appends to. Disk blocks are allocated before it is mapped: writing into a sparse
/// mapping on a full disk would kill the process.
/// </summary>
internal sealed unsafe partial class Segment : IDisposable
{
    /// <summary>EINTR: a signal came in between, and the runtime sends itself some.</summary>
    private const int Interrupted = 4;

    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private int _claimed;
    private int _written;
    private int _sealed;

    private Segment(SafeFileHandle file, SegmentHeader header)
    {
        _file = file;
        Number = header.Number;
        Slots = header.Slots;
        FirstSequence = header.FirstSequence;
        _mapping = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _mapping.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start;
        *(SegmentHeader*)_start = header;
    }

    public int Number { get; }
    public int Slots { get; }
    public long FirstSequence { get; }

    /// <summary>Slots that nobody claimed yet.</summary>
    public int Free => Math.Max(0, Slots - 1 - Volatile.Read(ref _claimed));

    /// <summary>Every slot was claimed and every claim was written: nobody touches the mapping any more.</summary>
    public bool Finished => Volatile.Read(ref _written) == Slots - 1;

    public int Written => Volatile.Read(ref _written);

    /// <summary>Creates and maps a segment file.</summary>
    /// <exception cref="IOException">The disk has no room for it; nothing is left behind.</exception>
    public static Segment Create(string directory, JournalId journal, int number, int slots, long first, long nowMicros)
    {
        var path = Path.Combine(directory, JournalFormat.SegmentName(number));
        var file = File.OpenHandle(
            path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            int error;
            do error = PosixFallocate(file, 0, (long)slots * JournalFormat.SlotBytes);
            while (error == Interrupted);
            if (error != 0)
                throw new IOException($"No room for a journal segment: {Marshal.GetPInvokeErrorMessage(error)}.");
            return new Segment(file, new SegmentHeader
            {
                Magic = JournalFormat.Magic,
                Version = JournalFormat.Version,
                Number = number,
                Journal = journal.Value,
                Slots = slots,
                FirstSequence = first,
                CreatedMicros = nowMicros,
            });
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Copies a record into the next slot; -1 when the segment is full.</summary>
    public long TryAppend(in JournalRecord record)
    {
        var slot = Interlocked.Increment(ref _claimed);
        if (slot >= Slots)
        {
            // Keeps the counter from running away while the next segment is late.
            Interlocked.Decrement(ref _claimed);
            return -1;
        }
        var sequence = FirstSequence + slot - 1;
        var at = (JournalRecord*)(_start + ((long)slot * JournalFormat.SlotBytes));
        *at = record;
        at->Commit = 0;
        at->FormatVersion = JournalFormat.Version;
        at->Sequence = sequence;
        at->Crc = JournalFormat.Crc(*at);
        Volatile.Write(ref at->Commit, JournalFormat.Committed);
        Interlocked.Increment(ref _written);
        return sequence;
    }

    /// <summary>
    /// Takes all slots that nobody claimed and waits for the claims before: afterwards no append succeeds and the
    /// mapping is not touched. A claim is written without waiting for anything, so the wait is short.
    /// </summary>
    public void Seal()
    {
        if (Interlocked.Exchange(ref _sealed, 1) != 0) return;
        var claimed = Math.Min(Interlocked.Add(ref _claimed, Slots) - Slots, Slots - 1);
        SpinWait.SpinUntil(() => Written >= claimed);
    }

    public void Sync() => RandomAccess.FlushToDisk(_file);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
        _file.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFallocate(SafeFileHandle file, long offset, long length);
}
