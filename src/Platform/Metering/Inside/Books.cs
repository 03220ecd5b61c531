using System.Data;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Compares hour by hour, from the oldest on. Where an hour holds more groups than fit, it is read several times, a
/// part of the groups at a time: time is spent for a bound on memory.
/// </summary>
internal sealed class Books(NpgsqlDataSource database, IOptions<MeteringOptions> options) : IBooks
{
    private const int MinutesPerHour = 60;
    private const int SlotsBetweenChecks = 65_536;

    public async Task<BooksReport> Compare(CancellationToken ct = default)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        // Positions and rollups move together, so in one snapshot they belong together while pumps go on.
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        await Execute(connection, "SET TRANSACTION READ ONLY", ct);
        var journals = await Journals(connection, ct);
        var kept = await KeptFrom(connection, ct);
        var cover = await Task.Run(() => BooksCover.Read(options.Value.JournalsDirectory, journals, ct), ct);
        var report = new BooksReport(
            cover.Journals, cover.Segments.Count, cover.Segments.Sum(s => s.Records), null, null, 0, cover.LostAtEnd, null);
        if (cover.Miscounted.Count > 0) return report with { Difference = Miscount(cover.Miscounted[0]) };
        var from = cover.Segments.Select(s => s.FirstMinute).DefaultIfEmpty(int.MaxValue).Min();
        var to = cover.Segments.Select(s => s.LastMinute + 1).DefaultIfEmpty(int.MinValue).Max();
        if (kept is { } oldest) from = Math.Max(from, BooksCover.Minute(oldest));
        if (from >= to) return report;
        var unproved = cover.Missing.Sum(gap => Math.Max(0, Math.Min(gap.To, to) - Math.Max(gap.From, from)));
        report = report with { From = Start(from), To = Start(to), UnprovedMinutes = unproved };
        var reading = new Reading(connection, cover, ct);
        foreach (var (first, last) in Windows(cover, from, to))
        {
            foreach (var (begin, end, exact) in Parts(cover, first, last))
                if (await Compare(reading, new Window(begin, end, exact), 0, 1) is { } difference)
                    return report with { Difference = difference };
            if (await CompareHours(reading, first, last) is { } hours) return report with { Difference = hours };
        }
        return report;
    }

    private async Task<BooksDifference?> Compare(Reading reading, Window window, int part, int parts)
    {
        var sums = await Task.Run(() => Recorded(reading, window, part, parts), reading.Ct);
        if (sums is null)
        {
            return await Compare(reading, window, part, parts * 2)
                ?? await Compare(reading, window, part + parts, parts * 2);
        }
        (BooksGroup Group, BooksSums Journals, BooksSums Rollups)? first = null;
        await foreach (var (group, rolled) in Rolled(reading, "minutes", window))
        {
            if (group.Part(parts) != part) continue;
            sums.Remove(group, out var recorded);
            Consider(group, recorded, rolled);
        }
        foreach (var (group, recorded) in sums) Consider(group, recorded, default);
        return first is { } found ? await Name(reading, window, found.Group, found.Journals, found.Rollups) : null;

        void Consider(BooksGroup group, BooksSums recorded, BooksSums rolled)
        {
            if (window.Exact ? recorded == rolled : rolled.Calls >= recorded.Calls && rolled.Units >= recorded.Units) return;
            if (first is { } before && before.Group.CompareTo(group) <= 0) return;
            first = (group, recorded, rolled);
        }
    }

    /// <summary>The first minute of a window in which a group differs; the window itself where no single minute does.</summary>
    private static async Task<BooksDifference> Name(
        Reading reading, Window window, BooksGroup group, BooksSums recorded, BooksSums rolled)
    {
        for (var minute = window.From; minute < window.To && window.To - window.From <= MinutesPerHour; minute++)
        {
            var narrow = window with { From = minute, To = minute + 1 };
            var one = await Task.Run(() => RecordedOf(reading, narrow, group), reading.Ct);
            var other = default(BooksSums);
            await foreach (var (found, sums) in Rolled(reading, "minutes", narrow))
                if (found == group) other = sums;
            if (window.Exact ? one == other : other.Calls >= one.Calls && other.Units >= one.Units) continue;
            return Difference("journals, minutes", minute, group, one, other);
        }
        return Difference("journals, minutes", window.From, group, recorded, rolled);
    }

    /// <summary>Hours are written beside the minutes and must agree with them. Minutes are dropped by whole days.</summary>
    private static async Task<BooksDifference?> CompareHours(Reading reading, int first, int last)
    {
        last += MinutesPerHour - 1;
        const string sums = "organization, app, key, service, sum(calls)::bigint AS calls, sum(units)::bigint AS units";
        await using var command = new NpgsqlCommand(
            $"""
            SELECT coalesce(m.start, h.start), organization, app, key, service,
                coalesce(m.calls, 0), coalesce(m.units, 0), coalesce(h.calls, 0), coalesce(h.units, 0)
            FROM (SELECT date_trunc('hour', start, 'UTC') AS start, {sums} FROM metering.minutes
                WHERE start >= $1 AND start < $2 GROUP BY 1, 2, 3, 4, 5) m
            FULL JOIN (SELECT start, {sums} FROM metering.hours
                WHERE start >= $1 AND start < $2 GROUP BY 1, 2, 3, 4, 5) h USING (start, organization, app, key, service)
            WHERE m.calls IS DISTINCT FROM h.calls OR m.units IS DISTINCT FROM h.units
            ORDER BY 1, 2, 3, 4, 5 LIMIT 1
            """, reading.Connection);
        command.Parameters.Add(new() { Value = Start(first - (first % MinutesPerHour)).UtcDateTime });
        command.Parameters.Add(new() { Value = Start(last - (last % MinutesPerHour)).UtcDateTime });
        await using var row = await command.ExecuteReaderAsync(reading.Ct);
        if (!await row.ReadAsync(reading.Ct)) return null;
        var group = new BooksGroup(row.GetGuid(1), row.GetGuid(2), row.GetGuid(3), row.GetString(4));
        return Difference(
            "minutes, hours", BooksCover.Minute(new DateTimeOffset(row.GetDateTime(0))), group,
            new BooksSums(row.GetInt64(5), row.GetInt64(6)), new BooksSums(row.GetInt64(7), row.GetInt64(8)));
    }

    /// <summary>Sums of one part of the groups in a window; null when there are too many.</summary>
    private Dictionary<BooksGroup, BooksSums>? Recorded(Reading reading, Window window, int part, int parts)
    {
        var sums = new Dictionary<BooksGroup, BooksSums>();
        var whole = Walk(reading, window, (in JournalRecord record, string service) =>
        {
            var group = new BooksGroup(record.Organization, record.App, record.Key, service);
            if (group.Part(parts) != part) return true;
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, group, out _);
            sum += BooksSums.Of(record);
            return sums.Count <= options.Value.BooksGroupsMax;
        });
        return whole ? sums : null;
    }

    private static BooksSums RecordedOf(Reading reading, Window window, BooksGroup group)
    {
        var sum = default(BooksSums);
        Walk(reading, window, (in JournalRecord record, string service) =>
        {
            if (new BooksGroup(record.Organization, record.App, record.Key, service) == group) sum += BooksSums.Of(record);
            return true;
        });
        return sum;
    }

    private static bool Walk(Reading reading, Window window, Visit visit)
    {
        var names = new Dictionary<uint, string>();
        foreach (var covered in reading.Cover.Segments)
        {
            if (covered.LastMinute < window.From || covered.FirstMinute >= window.To) continue;
            using var segment = BooksSegment.Open(covered.Directory, covered.Number, out _)
                ?? throw new BooksChangedException($"A segment of {covered.Directory} was deleted meanwhile.");
            names.Clear();
            names[0] = "";
            for (var slot = 1; slot < Math.Min(covered.Slots, segment.Header.Slots); slot++)
            {
                if (slot % SlotsBetweenChecks == 0) reading.Ct.ThrowIfCancellationRequested();
                if (!segment.TryRead(slot, out var record)) continue;
                if (record.Kind == RecordKind.Dictionary)
                {
                    var (number, name) = DictionaryEntry.Read(record);
                    names[number] = Fold.Storable(name);
                    continue;
                }
                var minute = BooksCover.Minute(record.AtMicros);
                if (minute < window.From || minute >= window.To) continue;
                if (!visit(record, names.GetValueOrDefault(record.ServiceName, JournalReader.LostName))) return false;
            }
        }
        return true;
    }

    private static async IAsyncEnumerable<(BooksGroup Group, BooksSums Sums)> Rolled(Reading reading, string table, Window window)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT organization, app, key, service, sum(calls)::bigint, sum(units)::bigint
            FROM metering.{table} WHERE start >= $1 AND start < $2 GROUP BY 1, 2, 3, 4
            """, reading.Connection);
        command.Parameters.Add(new() { Value = Start(window.From).UtcDateTime });
        command.Parameters.Add(new() { Value = Start(window.To).UtcDateTime });
        await using var row = await command.ExecuteReaderAsync(reading.Ct);
        while (await row.ReadAsync(reading.Ct))
        {
            yield return (
                new BooksGroup(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3)),
                new BooksSums(row.GetInt64(4), row.GetInt64(5)));
        }
    }

    // Hours in which a segment has records; what lies between is looked at in one piece.
    private static IEnumerable<(int From, int To)> Windows(BooksCover cover, int from, int to)
    {
        var at = from;
        foreach (var segment in cover.Segments.OrderBy(s => s.FirstMinute))
        {
            var first = Math.Max(at, segment.FirstMinute - (segment.FirstMinute % MinutesPerHour));
            if (segment.LastMinute < first) continue;
            if (first > at) yield return (at, first);
            for (at = first; at <= segment.LastMinute && at < to;)
            {
                var end = Math.Min(to, at - (at % MinutesPerHour) + MinutesPerHour);
                yield return (at, end);
                at = end;
            }
        }
    }

    private static IEnumerable<(int From, int To, bool Exact)> Parts(BooksCover cover, int from, int to)
    {
        foreach (var gap in cover.Missing)
        {
            var (first, last) = (Math.Max(gap.From, from), Math.Min(gap.To, to));
            if (first >= last) continue;
            if (first > from) yield return (from, first, true);
            yield return (first, last, false);
            from = last;
        }
        if (from < to) yield return (from, to, true);
    }

    private static async Task<List<FoldedJournal>> Journals(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT id, segment, slot, records, holes, seen_at FROM metering.journals ORDER BY id", connection);
        await using var row = await command.ExecuteReaderAsync(ct);
        var journals = new List<FoldedJournal>();
        while (await row.ReadAsync(ct))
        {
            journals.Add(new FoldedJournal(
                new JournalId(row.GetGuid(0)), new JournalPosition(row.GetInt32(1), row.GetInt32(2)), row.GetInt64(3),
                row.GetInt64(4), new DateTimeOffset(row.GetDateTime(5))));
        }
        return journals;
    }

    private static async Task<DateTimeOffset?> KeptFrom(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT kept_from FROM metering.kept WHERE grain = 'minutes'", connection);
        return await command.ExecuteScalarAsync(ct) is DateTime at ? new DateTimeOffset(at) : null;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static BooksDifference Miscount((JournalId Journal, long Found, long Folded) wrong) => new(
        "journal, folded", wrong.Journal, null, null, null, null, null, new BooksPair(wrong.Found, wrong.Folded), default);

    private static BooksDifference Difference(
        string books, int minute, BooksGroup group, BooksSums first, BooksSums second) => new(
        books, null, Start(minute),
        group.Organization == Guid.Empty ? null : new OrganizationId(group.Organization),
        group.App == Guid.Empty ? null : new AppId(group.App), group.Key == Guid.Empty ? null : new KeyId(group.Key),
        group.Service, new BooksPair(first.Calls, second.Calls), new BooksPair(first.Units, second.Units));

    private static DateTimeOffset Start(int minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);

    private delegate bool Visit(in JournalRecord record, string service);

    private readonly record struct Window(int From, int To, bool Exact);

    private sealed record Reading(NpgsqlConnection Connection, BooksCover Cover, CancellationToken Ct);
}

/// <summary>What calls and units are compared by.</summary>
internal readonly record struct BooksGroup(Guid Organization, Guid App, Guid Key, string Service) : IComparable<BooksGroup>
{
    /// <summary>Which of so many parts the group is in, the same in every reading.</summary>
    public int Part(int parts) => parts == 1 ? 0 : (int)((uint)HashCode.Combine(Key, App, Service) % (uint)parts);

    public int CompareTo(BooksGroup other) =>
        (Organization, App, Key).CompareTo((other.Organization, other.App, other.Key)) is var ids && ids != 0
            ? ids
            : string.CompareOrdinal(Service, other.Service);
}

internal readonly record struct BooksSums(long Calls, long Units)
{
    public static BooksSums operator +(BooksSums a, BooksSums b) => new(a.Calls + b.Calls, a.Units + b.Units);

    public static BooksSums Of(in JournalRecord record) => new(Fold.Calls(record), record.Quantity);
}
