using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Integration.Metering;

/// <summary>What becomes of segments that are folded, and of those that are not.</summary>
public sealed class ArchiveTests(PostgresCluster postgres) : IDisposable
{
    private const int Slots = 64;

    private readonly string _folder = MeteringSetup.NewFolder();
    private readonly Guid _key = Guid.CreateVersion7();

    [Fact]
    public async Task Folded_segments_stay_readable_in_the_archive_for_their_time_and_go()
    {
        using var journal = RealJournal.Open(_folder, Slots);
        await using var process = await RunningMetering.Start(
            await postgres.CreateDatabase(), _folder, journal, TakeoverMode.Once, o => o.ArchiveHours = 2);
        for (var i = 0; i < 500; i++) RealJournal.Append(journal, _key, process.Time.GetUtcNow());
        await Tidied(process, () => Archived(journal.Directory).Length >= 7, "segments are archived");
        Assert.Equal(500, (await Log(process)).Count);

        process.Time.Advance(TimeSpan.FromMinutes(110));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Log(process)));
        Assert.Equal(500, (await Log(process)).Count);
        await Tidied(process, () => Archived(journal.Directory).Length == 0, "archived segments are deleted");
        // What the appender has not filled is still there.
        Assert.NotEmpty(Live(journal.Directory));
        Assert.Equal(500 % 60 > 0, (await Log(process)).Count is > 0 and < 120);
    }

    [Fact]
    public async Task Oldest_segments_go_early_when_the_archive_is_too_large()
    {
        using var journal = RealJournal.Open(_folder, Slots);
        await using var process = await RunningMetering.Start(
            await postgres.CreateDatabase(), _folder, journal, TakeoverMode.Always,
            o => o.ArchiveBytesMax = 3 * Slots * JournalFormat.SlotBytes);
        for (var i = 0; i < 500; i++) RealJournal.Append(journal, _key, process.Time.GetUtcNow());
        var newest = 0;
        await Tidied(
            process,
            () =>
            {
                var archived = Archived(journal.Directory);
                newest = Math.Max(newest, archived.Length);
                return newest > 3 && archived.Length == 3;
            },
            "the archive has shrunk to its size");
        // Moved within the same moment, so only their number is certain; the log tells of what is there.
        Assert.InRange((await Log(process)).Count, 180, 320);
    }

    [Fact]
    public async Task Segments_that_are_not_folded_are_never_deleted()
    {
        var connection = await postgres.CreateDatabase();
        await using var watch = new MeteringSetup(connection, _folder);
        using var unpumped = RealJournal.Open(_folder, Slots);
        using var restored = RealJournal.Open(_folder, Slots);
        using (var other = RealJournal.Open(_folder, Slots)) await RealJournal.Fill(other, _key, 1, 300, DateTimeOffset.UnixEpoch);
        await RealJournal.Fill(unpumped, _key, 1, 300, DateTimeOffset.UnixEpoch);
        await RealJournal.Fill(restored, _key, 1, 300, DateTimeOffset.UnixEpoch);
        await watch.Journals.Register(unpumped.Id, unpumped.Directory, null);
        while (!(await watch.Journals.Pump(restored.Id, restored.Directory, ownerDead: false)).AtEnd) { }
        await using var worker = await RunningMetering.Start(
            connection, _folder, null, TakeoverMode.Always, o => o.ArchiveHours = 1);
        await Tidied(worker, () => Archived(restored.Directory).Length >= 4, "segments are archived");
        // A database from a backup stands where it stood then.
        await watch.Number($"UPDATE metering.journals SET segment = 2, slot = 7 WHERE id = '{restored.Id.Value}' RETURNING 1");
        var before = Archived(restored.Directory);

        worker.Time.Advance(TimeSpan.FromHours(1000));
        await Tidied(worker, () => Directory.GetDirectories(_folder).Length == 2, "the closed journal has gone whole");
        Assert.Equal([.. before.Where(path => !path.EndsWith("1.seg", StringComparison.Ordinal))], Archived(restored.Directory));
        Assert.Empty(Archived(unpumped.Directory));
        Assert.True(Live(unpumped.Directory).Length >= 5);
        await using var again = new MeteringSetup(connection, _folder);
        while (!(await again.Journals.Pump(unpumped.Id, unpumped.Directory, ownerDead: false)).AtEnd) { }
        while (!(await again.Journals.Pump(restored.Id, restored.Directory, ownerDead: false)).AtEnd) { }
        // So old that the worker has moved some of it into days already.
        Assert.True(await again.Number(
            "SELECT sum(calls) FROM (SELECT calls FROM metering.hours UNION ALL SELECT calls FROM metering.days) AS r") > 900);
    }

    [Fact]
    public async Task Closed_journal_is_archived_without_its_empty_tail_and_stays_readable()
    {
        var connection = await postgres.CreateDatabase();
        var at = TimeProvider.System.GetUtcNow();
        string directory;
        using (var journal = RealJournal.Open(_folder, slots: 4096))
        {
            directory = journal.Directory;
            await RealJournal.Fill(journal, _key, 1, 100, at);
        }
        await using var worker = await RunningMetering.Start(connection, _folder, null, TakeoverMode.Always);
        await Tidied(worker, () => Archived(directory).Length > 0 && Live(directory).Length == 0, "the journal is archived");
        Assert.InRange(Archived(directory).Sum(path => new FileInfo(path).Length), 100 * 256, 150 * 256);
        Assert.Equal(100, (await Log(worker)).Count);
    }

    private static async Task<IReadOnlyList<LogRow>> Log(RunningMetering process)
    {
        var now = TimeProvider.System.GetUtcNow();
        return (await process.Usage.Log(new LogQuery(null, now.AddHours(-1), now.AddHours(100), Limit: 1000), Actor.System)).Value;
    }

    // The archive is tidied every minute: the clock goes on until it was.
    private static Task Tidied(RunningMetering process, Func<bool> condition, string what) => Until.True(
        () =>
        {
            process.Time.Advance(TimeSpan.FromSeconds(20));
            return condition();
        },
        what);

    private static string[] Live(string directory) => Segments(directory);

    private static string[] Archived(string directory) => Segments(Path.Combine(directory, "archive"));

    private static string[] Segments(string directory) =>
        Directory.Exists(directory) ? [.. Directory.GetFiles(directory, "*.seg").Order(StringComparer.Ordinal)] : [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
