using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Integration.Metering;

/// <summary>The comparison of rollups and journals: what it proves, names and leaves open.</summary>
public sealed class BooksTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _folder = MeteringSetup.NewFolder();
    private readonly Guid[] _keys = [.. Enumerable.Range(0, 7).Select(_ => Guid.CreateVersion7())];
    private readonly DateTimeOffset _begin = Hour(TimeProvider.System.GetUtcNow());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(200_000)]
    [InlineData(2)]
    public async Task Books_agree_over_segments_holes_and_hours_however_few_sums_are_held(int groupsMax)
    {
        await using var setup = await Setup(groupsMax);
        using var one = Filled(200, journal => journal.Hole());
        using var two = Filled(100, journal => journal.Torn(MeteringSetup.Record(_keys[0], 5, _begin)));
        one.Die();
        two.Die();
        await setup.Journals.TakeOver(_folder);

        var report = await setup.Books.Compare();

        Assert.Null(report.Difference);
        Assert.Equal((2, 300L, 0L), (report.Journals, report.Records, report.UnprovedMinutes));
        Assert.Equal((_begin, _begin.AddMinutes(200)), (report.From, report.To));
    }

    [Fact]
    public async Task Books_agree_on_what_is_folded_while_more_is_recorded_and_the_tail_is_torn()
    {
        await using var setup = await Setup();
        using var journal = Filled(50);
        await PumpAll(setup, journal);
        for (var i = 0; i < 30; i++) journal.Append(MeteringSetup.Record(_keys[0], 5, _begin.AddMinutes(i)));
        journal.Torn(MeteringSetup.Record(_keys[0], 5, _begin));

        var report = await setup.Books.Compare();

        Assert.Null(report.Difference);
        Assert.Equal(50, report.Records);
    }

    [Theory]
    [InlineData("UPDATE metering.minutes SET units = units + 1", 1, 0, 1)]
    [InlineData("UPDATE metering.minutes SET calls = calls - 1", 1, -1, 0)]
    [InlineData("DELETE FROM metering.minutes", 1, -1, -2)]
    [InlineData("UPDATE metering.minutes SET units = units + 1", 2, 0, 1)]
    public async Task Books_name_the_row_that_was_tampered_with(string change, int groupsMax, int calls, int units)
    {
        await using var setup = await Setup(groupsMax);
        using var journal = Filled(300);
        await PumpAll(setup, journal);
        var at = _begin.AddMinutes(72);
        var key = _keys[72 % _keys.Length];
        await setup.Execute($"{change} WHERE start = '{at:yyyy-MM-dd HH:mm:ss}+00'");

        var found = (await setup.Books.Compare()).Difference;

        Assert.NotNull(found);
        Assert.Equal(("journals, minutes", at, "eth"), (found.Books, found.Start, found.Service));
        Assert.Equal((new OrganizationId(key), new AppId(key), new KeyId(key)), (found.Organization, found.App, found.Key));
        Assert.Equal((new BooksPair(1, 1 + calls), new BooksPair(2, 2 + units)), (found.Calls, found.Units));
    }

    [Fact]
    public async Task Books_name_a_row_that_no_journal_knows_and_an_hour_that_its_minutes_do_not()
    {
        await using var setup = await Setup();
        using var journal = Filled(120);
        await PumpAll(setup, journal);
        await setup.Execute("UPDATE metering.hours SET units = units + 7 WHERE ctid = (SELECT max(ctid) FROM metering.hours)");
        Assert.Equal("minutes, hours", (await setup.Books.Compare()).Difference?.Books);
        var stranger = Guid.CreateVersion7();
        await setup.Execute(
            "INSERT INTO metering.minutes SELECT '" + stranger + "', start, app, key, service, method, status_class, cached, meter, "
            + "1, 1, 1, 0, 0, 0, 0 FROM metering.minutes ORDER BY start LIMIT 1");

        var found = (await setup.Books.Compare()).Difference;

        Assert.Equal(("journals, minutes", (OrganizationId?)new OrganizationId(stranger)), (found?.Books, found?.Organization));
        Assert.Equal(new BooksPair(0, 1), found?.Calls);
    }

    [Fact]
    public async Task Books_leave_open_what_deleted_segments_held_but_never_less_than_what_is_there()
    {
        await using var setup = await Setup();
        using var journal = Filled(300);
        await PumpAll(setup, journal);
        File.Delete(Path.Combine(journal.Folder, "0000000001.seg"));
        var report = await setup.Books.Compare();
        Assert.Null(report.Difference);
        Assert.InRange(report.UnprovedMinutes, 1, 200);
        Assert.InRange(report.Records, 200, 299);

        // In minutes that a deleted segment may reach into, only less is a difference.
        var open = report.From!.Value;
        await setup.Execute($"UPDATE metering.minutes SET calls = calls + 1 WHERE start = '{open:yyyy-MM-dd HH:mm:ss}+00'");
        await setup.Execute($"UPDATE metering.hours SET calls = calls + 1 WHERE ctid = (SELECT ctid FROM metering.hours WHERE start = '{Hour(open):yyyy-MM-dd HH:mm:ss}+00' AND key = '{_keys[(int)(open - _begin).TotalMinutes % _keys.Length]}')");
        Assert.Null((await setup.Books.Compare()).Difference);
        await setup.Execute($"UPDATE metering.minutes SET calls = calls - 2 WHERE start = '{open:yyyy-MM-dd HH:mm:ss}+00'");
        Assert.Equal(open, (await setup.Books.Compare()).Difference?.Start);
    }

    [Fact]
    public async Task Books_name_a_journal_that_holds_fewer_records_than_were_folded()
    {
        await using var setup = await Setup();
        using var journal = Filled(40);
        await PumpAll(setup, journal);
        await using (var file = new FileStream(
            Path.Combine(journal.Folder, "0000000001.seg"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Seek(20 * 256, SeekOrigin.Begin);
            file.Write(new byte[256]);
        }

        var found = (await setup.Books.Compare()).Difference;

        Assert.Equal(("journal, folded", (JournalId?)journal.Id), (found?.Books, found?.Journal));
        Assert.Equal(new BooksPair(39, 40), found?.Calls);
    }

    [Fact]
    public async Task Books_tell_what_a_power_loss_took_from_the_end_and_go_on_with_the_rest()
    {
        await using var setup = await Setup();
        using var cut = Filled(40, journal => journal.Hole());
        using var whole = Filled(5);
        cut.Die();
        await setup.Journals.TakeOver(_folder);
        await PumpAll(setup, whole);
        await using (var file = new FileStream(
            Path.Combine(cut.Folder, "0000000001.seg"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            // Two names, 40 records with a hole behind four of them, and the last three gone.
            file.Seek((3 + 40 + 4 - 3) * 256, SeekOrigin.Begin);
            file.Write(new byte[3 * 256]);
        }
        var report = await setup.Books.Compare();
        Assert.Null(report.Difference);
        Assert.Equal((3, 42), (report.LostRecords, report.Records));

        // Less than what is there is a difference still, and so is a record that is missing before the end.
        await setup.Execute($"UPDATE metering.minutes SET calls = 0 WHERE start = '{_begin.AddMinutes(36):yyyy-MM-dd HH:mm:ss}+00'");
        Assert.Equal(_begin.AddMinutes(36), (await setup.Books.Compare()).Difference?.Start);
        await using (var file = new FileStream(
            Path.Combine(cut.Folder, "0000000001.seg"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Seek(20 * 256, SeekOrigin.Begin);
            file.Write(new byte[256]);
        }
        Assert.Equal("journal, folded", (await setup.Books.Compare()).Difference?.Books);
    }

    [Fact]
    public async Task Books_tell_a_power_loss_before_a_prepared_segment_and_a_quiet_time()
    {
        await using var setup = await Setup();
        using var cut = Filled(40);
        cut.Append(MeteringSetup.Record(_keys[0], 2, _begin.AddMinutes(130)));
        await PumpAll(setup, cut);
        cut.Prepare();
        await using (var file = new FileStream(
            Path.Combine(cut.Folder, "0000000001.seg"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Seek((3 + 40) * 256, SeekOrigin.Begin);
            file.Write(new byte[256]);
        }
        cut.Die();
        await setup.Journals.TakeOver(_folder);
        await setup.Execute($"UPDATE metering.journals SET seen_at = '{_begin.AddMinutes(131):yyyy-MM-dd HH:mm:ss}+00'");
        // The gateway that came after it.
        using var next = Filled(140);
        await PumpAll(setup, next);

        var report = await setup.Books.Compare();

        Assert.Null(report.Difference);
        Assert.Equal((1, 180), (report.LostRecords, report.Records));
    }

    [Fact]
    public async Task Books_name_a_journal_that_was_folded_twice_and_has_no_room_for_what_is_missing()
    {
        await using var setup = await Setup();
        using var journal = Filled(40);
        await PumpAll(setup, journal);
        foreach (var table in new[] { "minutes", "hours" })
            await setup.Execute($"UPDATE metering.{table} SET calls = 2 * calls, units = 2 * units");
        await setup.Execute("UPDATE metering.journals SET records = 2 * records");

        var found = (await setup.Books.Compare()).Difference;

        Assert.Equal(("journal, folded", (JournalId?)journal.Id), (found?.Books, found?.Journal));
        Assert.Equal(new BooksPair(40, 80), found?.Calls);
    }

    [Fact]
    public async Task Books_change_nothing_and_have_nothing_to_say_without_journals()
    {
        await using var setup = await Setup();
        Assert.Equal((0, null), ((await setup.Books.Compare()).Journals, (await setup.Books.Compare()).Difference));
        using var journal = Filled(10);
        Assert.Equal(0, (await setup.Books.Compare()).Journals);
        Assert.Equal(0, await setup.Number("SELECT count(*) FROM metering.journals"));
    }

    // A record a minute, keys in turn, over several segments.
    private TestJournal Filled(int records, Action<TestJournal>? between = null)
    {
        var journal = new TestJournal(_folder);
        for (var i = 0; i < records; i++)
        {
            journal.Append(MeteringSetup.Record(_keys[i % _keys.Length], 2, _begin.AddMinutes(i)));
            if (i % 10 == 3) between?.Invoke(journal);
        }
        return journal;
    }

    private static async Task PumpAll(MeteringSetup setup, TestJournal journal)
    {
        while (!(await setup.Journals.Pump(journal.Id, journal.Folder, ownerDead: false)).AtEnd) { }
    }

    private async Task<MeteringSetup> Setup(int groupsMax = 200_000) =>
        new(await postgres.CreateDatabase(), _folder, o => o.BooksGroupsMax = groupsMax);

    private static DateTimeOffset Hour(DateTimeOffset at) => new(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero);
}
