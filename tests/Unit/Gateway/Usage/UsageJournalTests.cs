using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Unit.Gateway.Usage;

public sealed class UsageJournalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("journal").FullName;

    [Fact]
    public void Journal_returns_what_was_appended_in_order_over_many_segments()
    {
        using var journal = Open(segmentSlots: 64);
        var service = journal.Name("eth");
        for (var i = 0; i < 1000; i++) Assert.True(journal.TryAppend(Usage(service, i)));
        var late = journal.Name("named-late");
        Assert.True(journal.TryAppend(Usage(late, 1000)));

        var records = ReadAll(journal, ownerDead: false);
        Assert.Equal(Enumerable.Range(0, 1001).Select(i => (long)i), records.Select(r => r.Quantity));
        Assert.Equal("eth", records[999].Service);
        Assert.Equal("named-late", records[1000].Service);
    }

    [Fact]
    public void Journal_loses_nothing_when_threads_append_at_once()
    {
        using var journal = Open(segmentSlots: 256);
        var service = journal.Name("eth");
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 2000; i++) Assert.True(journal.TryAppend(Usage(service, (thread * 2000) + i)));
        });
        var quantities = ReadAll(journal, ownerDead: false).Select(r => r.Quantity).Order();
        Assert.Equal(Enumerable.Range(0, 16_000).Select(i => (long)i), quantities);
    }

    [Fact]
    public void Journal_steps_over_holes_and_torn_records_only_for_a_dead_owner()
    {
        string directory;
        using (var journal = Open(segmentSlots: 64))
        {
            directory = journal.Directory;
            for (var i = 0; i < 10; i++) Assert.True(journal.TryAppend(Usage(1, i)));
        }
        // Slot 1 is the name "(other)"; record i stands in slot i + 2.
        Overwrite(directory, slot: 5, offset: 0, [0, 0, 0, 0]);
        Overwrite(directory, slot: 7, offset: 100, [0xFF]);

        Assert.Equal([0L, 1, 2], Read(directory, ownerDead: false).Select(r => r.Quantity));
        Assert.Equal([0L, 1, 2, 4, 6, 7, 8, 9], Read(directory, ownerDead: true).Select(r => r.Quantity));
    }

    [Fact]
    public void Journal_is_owned_by_one_process_until_it_is_given_up()
    {
        var journal = Open(segmentSlots: 64);
        Assert.Null(JournalOwner.TryTake(journal.Directory));
        journal.Dispose();
        using var taken = JournalOwner.TryTake(journal.Directory);
        Assert.NotNull(taken);
    }

    [Fact]
    public async Task Journal_says_when_records_are_on_disk()
    {
        using var journal = Open(segmentSlots: 64);
        var before = journal.Syncs;
        Assert.True(journal.TryAppend(Usage(1, 1)));
        await journal.Synced().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(journal.Syncs > before);
    }

    [Fact]
    public void Journal_stops_accepting_when_the_disk_is_nearly_full_but_keeps_room_for_calls_in_flight()
    {
        using var journal = UsageJournal.Open(
            new JournalOptions { Directory = _directory, SegmentSlots = 64, FreeDiskBytesMin = long.MaxValue / 2 },
            TimeProvider.System);
        Assert.True(SpinWait.SpinUntil(() => journal.TryAppend(Usage(1, 0)) && !journal.Accepting, TimeSpan.FromSeconds(10)));
        Assert.True(journal.TryAppend(Usage(1, 1)));
        while (journal.TryAppend(Usage(1, 2))) { }
        Assert.False(journal.Accepting);
    }

    [Fact]
    public void Sealed_journal_holds_every_record_that_was_accepted_and_accepts_none_after()
    {
        var journal = Open(segmentSlots: 4096);
        var accepted = new int[4];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            while (journal.TryAppend(Usage(1, i))) accepted[i]++;
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref accepted[3]) > 1000, TimeSpan.FromSeconds(10)));
        journal.Seal();
        // Read as a takeover reads: nothing may come behind this end.
        var records = Read(journal.Directory, ownerDead: true);
        foreach (var thread in threads) thread.Join();
        Assert.Equal(accepted.Sum(), records.Count);
        Assert.False(journal.Accepting);
        journal.Dispose();
        Assert.False(journal.TryAppend(Usage(1, 0)));
        Assert.Equal(accepted.Sum(), Read(journal.Directory, ownerDead: true).Count);
    }

    [Fact]
    public void Journal_of_more_names_than_a_segment_holds_leaves_room_for_records()
    {
        using var journal = Open(segmentSlots: 64);
        var numbers = Enumerable.Range(0, 200).Select(i => journal.Name($"name-{i}")).ToArray();
        for (var i = 0; i < 200; i++) Assert.True(journal.TryAppend(Usage(numbers[i], i)));
        var records = ReadAll(journal, ownerDead: false);
        Assert.Equal(200, records.Count);
        Assert.Equal("name-0", records[0].Service);
        Assert.Equal("(other)", records[199].Service);
    }

    private UsageJournal Open(int segmentSlots) => UsageJournal.Open(
        new JournalOptions { Directory = _directory, SegmentSlots = segmentSlots, FreeDiskBytesMin = 0 }, TimeProvider.System);

    private static JournalRecord Usage(uint service, long quantity) =>
        new() { Kind = RecordKind.Usage, ServiceName = service, Quantity = quantity };

    private static List<(string Service, long Quantity)> ReadAll(UsageJournal journal, bool ownerDead) =>
        Read(journal.Directory, ownerDead);

    private static List<(string Service, long Quantity)> Read(string directory, bool ownerDead)
    {
        using var reader = new JournalReader(directory, JournalPosition.Start);
        List<(string, long)> records = [];
        while (reader.TryRead(ownerDead, out var record)) records.Add((reader.Name(record.ServiceName), record.Quantity));
        return records;
    }

    private static void Overwrite(string directory, int slot, int offset, byte[] bytes)
    {
        using var file = File.OpenHandle(
            Path.Combine(directory, JournalFormat.SegmentName(1)), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, bytes, ((long)slot * JournalFormat.SlotBytes) + offset);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
