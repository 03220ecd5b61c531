using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
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
        // Copies and waits for the disk: not for the thread that completed the database's answer.
        await Task.Run(() => TidyFiles(directories, known), ct);
        await store.Forget(
            DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-options.Value.LeaseDays), ct);
    }

    private void TidyFiles(Dictionary<JournalId, string> directories, Dictionary<JournalId, KnownJournal> known)
    {
        foreach (var (id, journal) in known)
        {
            var directory = directories[id];
            if (journal.Closed) TidyClosed(directory, journal.Position);
            else Move(directory, JournalFiles.LiveSegments(directory).Where(n => journal.IsFolded(n)));
        }
        Delete(known.SelectMany(j => JournalFiles.ArchivedSegments(directories[j.Key])
            .Where(n => j.Value.IsFolded(n)).Select(n => JournalFiles.Archived(directories[j.Key], n))));
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
                // First, because retention counts from it.
                File.SetLastWriteTimeUtc(JournalFiles.Live(directory, number), time.GetUtcNow().UtcDateTime);
                File.Move(JournalFiles.Live(directory, number), archived, overwrite: true);
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
        File.SetLastWriteTimeUtc(copy, time.GetUtcNow().UtcDateTime);
        File.Move(copy, archived, overwrite: true);
        File.Delete(path);
        return true;
    }

    private void Delete(IEnumerable<string> folded)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var files = folded.Select(path => new FileInfo(path))
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
