using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>The invariants of metering, checked on what clients saw, what journals hold and what the database says.</summary>
internal static class Reckoning
{
    /// <summary>
    /// Every answered call was recorded once, nothing was recorded twice, and what was recorded without an answer is
    /// no more than what was in flight at the kills.
    /// </summary>
    public static void AnswersAreRecords(IReadOnlyList<BookRecord> records, params IReadOnlyList<Load> loads)
    {
        var answered = new Dictionary<Guid, (int Load, Answer Answer)>();
        for (var i = 0; i < loads.Count; i++)
            foreach (var answer in loads[i].Answers)
                if (answer.Status == 200) answered.Add(answer.RequestId, (i, answer));
        var recorded = new HashSet<(Guid, int)>();
        var entriesOf = new Dictionary<Guid, int>();
        var lifeOf = new Dictionary<string, (int Load, int Life)>(StringComparer.Ordinal);
        var extra = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (journal, record, _, _) in records)
        {
            // Floods of refusals are sums without an id, and a checkpoint is only a part of a call.
            if (record.Kind != RecordKind.Usage || record.Outcome == Outcome.Refused) continue;
            Assert.True(recorded.Add((record.RequestId, record.BatchIndex)), $"{record.RequestId} was recorded twice.");
            entriesOf[record.RequestId] = entriesOf.GetValueOrDefault(record.RequestId) + 1;
            if (answered.TryGetValue(record.RequestId, out var of)) lifeOf.TryAdd(journal, (of.Load, of.Answer.Life));
            else extra[journal] = extra.GetValueOrDefault(journal) + 1;
        }
        foreach (var (id, (_, answer)) in answered)
        {
            var count = entriesOf.GetValueOrDefault(id);
            // What the gateway refused of a batch has no record of its own.
            var (least, most) = (answer.Entries - answer.Errors, answer.Entries - answer.Errors + answer.PerhapsMore);
            Assert.True(count >= least && count <= most, $"{answer} has {count} records.");
        }

        var lost = new Dictionary<(int, int), int>();
        for (var i = 0; i < loads.Count; i++)
            foreach (var call in loads[i].Unanswered)
                lost[(i, call.Life)] = lost.GetValueOrDefault((i, call.Life)) + call.Entries;
        foreach (var (journal, count) in extra)
        {
            // A journal none of whose calls was answered belongs to some life of which all are possible.
            var most = lifeOf.TryGetValue(journal, out var life) ? lost.GetValueOrDefault(life) : lost.Values.DefaultIfEmpty().Max();
            Assert.True(count <= most, $"{journal}: {count} records without an answer, but only {most} calls were in flight.");
        }
    }

    /// <summary>What a call costs is recorded once, in its checkpoints and its last record together.</summary>
    public static void NoCallCostsMore(IReadOnlyList<BookRecord> records, string service, long units)
    {
        var sums = records.Where(r => r.Service == service).GroupBy(r => r.Record.RequestId)
            .Select(call => (Units: call.Sum(r => r.Record.Quantity), Ended: call.Any(r => r.Record.Kind == RecordKind.Usage)))
            .ToList();
        Assert.NotEmpty(sums);
        Assert.All(sums, sum => Assert.InRange(sum.Units, 0, units));
        Assert.All(sums.Where(sum => sum.Ended), sum => Assert.True(sum.Units is 0 || sum.Units == units));
    }

    /// <summary>Waits until nothing is left to fold, then compares every row.</summary>
    /// <param name="installation">Whose database and journals.</param>
    /// <param name="journals">Where the journals are read; null takes the installation's.</param>
    public static async Task RollupsAreRecords(Installation installation, string? journals = null)
    {
        var (records, rollups) = (new Dictionary<BookKey, BookSums>(), new Dictionary<BookKey, BookSums>());
        try
        {
            // Both anew each time: sums of refusals reach the journal a while after the calls.
            await Until.True(
                async () =>
                {
                    records = Books.Sum(Books.Records(journals ?? installation.Journals));
                    rollups = await Books.Rollups(installation.Source);
                    return Books.Total(rollups.Values) == Books.Total(records.Values);
                },
                "the rollups catch up", TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The rollups stand at {Books.Total(rollups.Values)}, the journals at {Books.Total(records.Values)}.");
        }
        Assert.Equal(records.Count, rollups.Count);
        foreach (var (key, sums) in records) Assert.Equal((key, sums), (key, rollups.GetValueOrDefault(key)));
        await HoursAreMinutes(installation);
    }

    private static async Task HoursAreMinutes(Installation installation)
    {
        const string sums = "coalesce(sum(calls), 0), coalesce(sum(billed), 0), coalesce(sum(units), 0)";
        await using var command = installation.Source.CreateCommand(
            $"SELECT (SELECT ({sums})::text FROM metering.minutes), (SELECT ({sums})::text FROM metering.hours)");
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        Assert.Equal(row.GetString(0), row.GetString(1));
    }
}
