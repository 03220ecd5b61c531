using System.Globalization;
using System.Text.Json;
using Sluice.Platform.Metering;

namespace Sluice.Host.Doctor;

/// <summary>Whether the rollups say what the journals at hand say.</summary>
internal static class BooksCheck
{
    private const string Name = "books";

    public static async Task<Finding> Run(IBooks books, CancellationToken ct)
    {
        try
        {
            var report = await books.Compare(ct);
            var finding = report switch
            {
                { Difference: { } difference } => Finding.Fail(Name, Says(difference)),
                { LostRecords: > 0 } => Finding.Warn(Name, Says(report) + Lost(report.LostRecords)),
                _ => Finding.Ok(Name, Says(report)),
            };
            return finding with { Details = JsonSerializer.SerializeToNode(report, Platform.Http.Json) };
        }
        catch (BooksChangedException error)
        {
            return Finding.Warn(Name, $"{error.Message} Run it again.");
        }
    }

    private static string Says(BooksReport report)
    {
        if (report.From is not { } from || report.To is not { } to)
            return "Nothing to compare: no journal at hand holds a record that is folded and whose minute is kept.";
        var proved = Text(
            $"{Count(report.Records, "record")} of {Count(report.Journals, "journal")} and the rollups agree ")
            + Text($"from {from:yyyy-MM-dd HH:mm} to {to:yyyy-MM-dd HH:mm} UTC.");
        return report.UnprovedMinutes == 0
            ? proved
            : proved + Text($" In {report.UnprovedMinutes:#,0} minutes of that only 'not less' is known: ")
                + "journals of that time were deleted or lie with another node.";
    }

    private static string Lost(long records) =>
        Text($" {Count(records, "record")} that the rollups count {(records == 1 ? "is" : "are")} missing at the end of ")
        + "a journal, as a power loss leaves it.";

    private static string Says(BooksDifference found)
    {
        if (found.Journal is { } journal)
            return Text($"Journal {journal} holds {Count(found.Calls.First, "record")} up to its position, ")
                + Text($"but {found.Calls.Second:#,0} were folded: segments were changed or lost.");
        var (first, second) = found.Books == "minutes, hours" ? ("Minutes say", "hours") : ("Journals say", "rollups");
        return Text(
            $"{first} {found.Calls.First:#,0} calls and {found.Units.First:#,0} units, ")
            + Text($"{second} {found.Calls.Second:#,0} and {found.Units.Second:#,0}: ")
            + Text($"{found.Start:yyyy-MM-dd HH:mm} UTC, service '{found.Service}', ")
            + Text($"organization {Id(found.Organization)}, app {Id(found.App)}, key {Id(found.Key)}.") + Meaning(found);
    }

    private static string Meaning(BooksDifference found)
    {
        if (found.Books == "minutes, hours") return "";
        return found.Calls.Second < found.Calls.First || found.Units.Second < found.Units.First
            ? " The rollups lack what was recorded."
            : " The rollups hold more; so they may where the clock was set back and segments of then are deleted.";
    }

    private static string Count(long count, string noun) => Text($"{count:#,0} {noun}{(count == 1 ? "" : "s")}");

    private static string Id<T>(T? id) where T : struct => id?.ToString() ?? "none";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
