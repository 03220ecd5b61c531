using Npgsql;
using Sluice.Kernel.Journal;

namespace Sluice.Integration.Chaos;

/// <summary>What rollups are told apart by.</summary>
internal readonly record struct BookKey(
    Guid Organization, long Minute, Guid App, Guid Key, string Service, string Method, int StatusClass, bool Cached);

internal readonly record struct BookSums(long Calls, long Billed, long Units, long BytesUp, long BytesDown)
{
    public static BookSums operator +(BookSums a, BookSums b) => new(
        a.Calls + b.Calls, a.Billed + b.Billed, a.Units + b.Units, a.BytesUp + b.BytesUp, a.BytesDown + b.BytesDown);
}

/// <summary>A record and the directory of the journal that it stands in.</summary>
internal readonly record struct BookRecord(string Journal, JournalRecord Record, string Service, string Method);

/// <summary>
/// The two books that must agree: records summed straight from the segments, live and archived, by a reading of its
/// own, and the rollups in the database.
/// </summary>
internal static class Books
{
    private const long MicrosPerMinute = 60_000_000;

    public static List<BookRecord> Records(string journals)
    {
        var records = new List<BookRecord>();
        if (!Directory.Exists(journals)) return records;
        foreach (var journal in Directory.EnumerateDirectories(journals))
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var path in Directory.EnumerateFiles(journal, "*.seg", SearchOption.AllDirectories))
                if (seen.Add(Path.GetFileName(path))) Read(Path.GetFileName(journal), path, records);
        }
        return records;
    }

    public static Dictionary<BookKey, BookSums> Sum(IEnumerable<BookRecord> records)
    {
        var sums = new Dictionary<BookKey, BookSums>();
        foreach (var (_, r, service, method) in records)
        {
            var key = new BookKey(
                r.Organization, r.AtMicros / MicrosPerMinute, r.App, r.Key, service, method, r.Status / 100,
                r.Flags.HasFlag(RecordFlags.Cached));
            // A record is one call at least; a checkpoint, which carries no count, is none.
            var calls = r.Kind == RecordKind.Usage ? Math.Max(1, r.Count) : r.Count;
            var billed = r.Flags.HasFlag(RecordFlags.Billed) ? calls : 0;
            sums[key] = sums.GetValueOrDefault(key) + new BookSums(calls, billed, r.Quantity, r.BytesUp, r.BytesDown);
        }
        return sums;
    }

    public static async Task<Dictionary<BookKey, BookSums>> Rollups(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(
            """
            SELECT organization, (extract(epoch FROM start) / 60)::bigint, app, key, service, method, status_class, cached,
                calls, billed, units, bytes_up, bytes_down
            FROM metering.minutes
            """);
        await using var row = await command.ExecuteReaderAsync();
        var sums = new Dictionary<BookKey, BookSums>();
        while (await row.ReadAsync())
        {
            var key = new BookKey(
                row.GetGuid(0), row.GetInt64(1), row.GetGuid(2), row.GetGuid(3), row.GetString(4), row.GetString(5),
                row.GetInt16(6), row.GetBoolean(7));
            sums[key] = sums.GetValueOrDefault(key) + new BookSums(
                row.GetInt64(8), row.GetInt64(9), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12));
        }
        return sums;
    }

    public static BookSums Total(IEnumerable<BookSums> sums) => sums.Aggregate(default(BookSums), (a, b) => a + b);

    private static void Read(string journal, string path, List<BookRecord> into)
    {
        using var segment = SegmentReader.TryOpen(path);
        if (segment is null) return;
        var names = new Dictionary<uint, string> { [0] = "" };
        for (var slot = 1; slot < segment.Header.Slots; slot++)
        {
            if (!segment.TryRead(slot, out var record)) continue;
            if (record.Kind == RecordKind.Dictionary)
            {
                var (number, name) = DictionaryEntry.Read(record);
                names[number] = name;
            }
            else
            {
                into.Add(new BookRecord(journal, record, names[record.ServiceName], names[record.MethodName]));
            }
        }
    }
}
