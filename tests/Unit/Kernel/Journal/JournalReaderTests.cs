using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Unit.Kernel.Journal;

public sealed class JournalReaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("reader").FullName;

    [Fact]
    public void Reader_counts_no_hole_in_a_tail_that_was_never_used_though_the_next_segment_is_prepared()
    {
        var folder = Write(records: 10, untilSegment: 2);
        using var reader = new JournalReader(folder, JournalPosition.Start);
        Assert.Equal(10, Count(reader, ownerDead: true));
        Assert.Equal(0, reader.Holes);
    }

    [Fact]
    public void Reader_counts_a_hole_before_a_record_also_over_the_end_of_a_segment()
    {
        var folder = Write(records: 100, untilSegment: 2);
        Overwrite(folder, 1, slot: 10, 0);
        Overwrite(folder, 1, slot: 63, 0);
        using var reader = new JournalReader(folder, JournalPosition.Start);
        Assert.Equal(98, Count(reader, ownerDead: true));
        Assert.Equal(2, reader.Holes);
    }

    [Fact]
    public void Reader_goes_over_a_segment_whose_header_is_lost_once_the_owner_is_dead()
    {
        var folder = Write(records: 150, untilSegment: 3);
        var inSecond = 150 - CountIn(folder, 1) - CountIn(folder, 3);
        Overwrite(folder, 2, slot: 0, 0);
        using var alive = new JournalReader(folder, JournalPosition.Start);
        Assert.Equal(CountIn(folder, 1), Count(alive, ownerDead: false));
        using var dead = new JournalReader(folder, JournalPosition.Start);
        Assert.Equal(150 - inSecond, Count(dead, ownerDead: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reader_never_takes_a_missing_segment_for_the_end(bool ownerDead)
    {
        var folder = Write(records: 150, untilSegment: 3);
        File.Delete(Path.Combine(folder, JournalFormat.SegmentName(2)));
        using var reader = new JournalReader(folder, new JournalPosition(2, 1));
        Assert.Throws<InvalidDataException>(() => reader.TryRead(ownerDead, out _));
    }

    private string Write(int records, int untilSegment)
    {
        using var journal = UsageJournal.Open(
            new JournalOptions { Directory = _directory, SegmentSlots = 64, FreeDiskBytesMin = 0 }, TimeProvider.System);
        for (var i = 0; i < records; i++)
            Assert.True(journal.TryAppend(new JournalRecord { Kind = RecordKind.Usage, Quantity = i }));
        var last = Path.Combine(journal.Directory, JournalFormat.SegmentName(untilSegment));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(last), TimeSpan.FromSeconds(10)));
        return journal.Directory;
    }

    private static int Count(JournalReader reader, bool ownerDead)
    {
        var records = 0;
        while (reader.TryRead(ownerDead, out _)) records++;
        return records;
    }

    private static int CountIn(string folder, int number)
    {
        using var segment = SegmentReader.TryOpen(Path.Combine(folder, JournalFormat.SegmentName(number)))!;
        return Enumerable.Range(1, 63).Count(slot => segment.TryRead(slot, out var r) && r.Kind == RecordKind.Usage);
    }

    private static void Overwrite(string folder, int segment, int slot, byte with)
    {
        using var file = File.OpenHandle(
            Path.Combine(folder, JournalFormat.SegmentName(segment)), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, Enumerable.Repeat(with, 16).ToArray(), (long)slot * JournalFormat.SlotBytes);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
