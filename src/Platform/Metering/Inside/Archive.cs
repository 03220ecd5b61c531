using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Moves segments that are folded whole out of the way and deletes them when their time is over. What lies at or
/// behind the position of its journal is never touched.
/// </summary>
internal sealed partial class Archive(
    JournalStore store, TimeProvider time, IOptions<MeteringOptions> options, ILogger<Archive> log)
{
    /// <summary>The pump's commits reach the database's disk a moment later: until then nothing is deleted.</summary>
    private static readonly TimeSpan AgeMin = TimeSpan.FromMinutes(1);

    public async Task Tidy(string journalsDirectory, CancellationToken ct)
    {
        var directories = JournalFiles.Journals(journalsDirectory);
        var known = await store.Known([.. directories.Keys], ct);
        foreach (var (id, journal) in known)
        {
            var directory = directories[id];
            if (journal.Closed) TidyClosed(directory, journal.Position);
            else Move(directory, JournalFiles.LiveSegments(directory).Where(n => n < journal.Position.Segment));
        }
        Delete(directories.Values);
        await store.Forget(
            DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-options.Value.LeaseDays), ct);
    }

    private void TidyClosed(string directory, JournalPosition position)
    {
        // The lock keeps another node's tidying out.
        using var held = JournalOwner.TryTake(directory);
        if (held is null) return;
        var live = JournalFiles.LiveSegments(directory).Where(n => n <= position.Segment).ToArray();
        foreach (var number in live)
            if (!Compact(directory, number)) Move(directory, [number]);
        if (JournalFiles.All(directory).Count > 0) return;
        var archive = Path.Combine(directory, JournalFiles.ArchiveFolder);
        if (Directory.Exists(archive)) Directory.Delete(archive, recursive: true);
        File.Delete(Path.Combine(directory, JournalFormat.LockFile));
        if (!Directory.EnumerateFileSystemEntries(directory).Any()) Directory.Delete(directory);
    }

    private void Move(string directory, IEnumerable<int> segments)
    {
        foreach (var number in segments)
        {
            var archived = JournalFiles.Archived(directory, number);
            Directory.CreateDirectory(Path.GetDirectoryName(archived)!);
            try
            {
                File.Move(JournalFiles.Live(directory, number), archived, overwrite: true);
                File.SetLastWriteTimeUtc(archived, time.GetUtcNow().UtcDateTime);
            }
            catch (FileNotFoundException)
            {
                LogAlreadyMoved(archived);
            }
        }
    }

    /// <summary>
    /// Archives a segment without its never used tail: a process that lived for a minute would else hold 64 MB for as
    /// long as the archive is kept. False when there is nothing to gain.
    /// </summary>
    private bool Compact(string directory, int number)
    {
        var path = JournalFiles.Live(directory, number);
        var slots = 1;
        SegmentHeader header;
        using (var segment = SegmentReader.TryOpen(path))
        {
            if (segment is null) return false;
            header = segment.Header;
            for (var slot = header.Slots - 1; slot >= 1 && slots == 1; slot--)
                if (segment.TryRead(slot, out _)) slots = slot + 1;
        }
        // A segment has a slot besides its header, and the reader insists.
        slots = Math.Max(2, slots);
        if (slots >= header.Slots) return false;
        var archived = JournalFiles.Archived(directory, number);
        Directory.CreateDirectory(Path.GetDirectoryName(archived)!);
        var copy = archived + ".tmp";
        using (var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        using (var to = new FileStream(copy, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            from.Seek(JournalFormat.SlotBytes, SeekOrigin.Begin);
            header.Slots = slots;
            to.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<SegmentHeader>(in header)));
            var buffer = new byte[64 * 1024];
            for (var left = (long)(slots - 1) * JournalFormat.SlotBytes; left > 0;)
            {
                var read = from.Read(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
                if (read == 0) throw new EndOfStreamException($"{path} ends before its last record.");
                to.Write(buffer, 0, read);
                left -= read;
            }
            to.Flush(flushToDisk: true);
        }
        File.Move(copy, archived, overwrite: true);
        File.SetLastWriteTimeUtc(archived, time.GetUtcNow().UtcDateTime);
        File.Delete(path);
        return true;
    }

    private void Delete(IEnumerable<string> directories)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var files = directories
            .SelectMany(d => JournalFiles.ArchivedSegments(d).Select(n => new FileInfo(JournalFiles.Archived(d, n))))
            .Where(f => f.Exists && now - f.LastWriteTimeUtc >= AgeMin)
            .OrderBy(f => f.LastWriteTimeUtc)
            .ToArray();
        var total = files.Sum(f => f.Length);
        foreach (var file in files)
        {
            var old = now - file.LastWriteTimeUtc >= TimeSpan.FromHours(options.Value.ArchiveHours);
            if (!old && total <= options.Value.ArchiveBytesMax) return;
            total -= file.Length;
            file.Delete();
            LogDeleted(file.FullName, file.Length);
        }
    }

    [LoggerMessage(6003, LogLevel.Debug, "Another process has archived {Segment}")]
    private partial void LogAlreadyMoved(string segment);

    [LoggerMessage(6004, LogLevel.Information, "Deleted archived segment {Segment}, {Bytes} bytes")]
    private partial void LogDeleted(string segment, long bytes);
}
