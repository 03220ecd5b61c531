using Sluice.Kernel;

namespace Sluice.Platform.Metering;

/// <summary>The proof that the rollups say what the journals say.</summary>
public interface IBooks
{
    /// <summary>
    /// Compares the rollups with the journals at hand, archived segments included, each up to the position that is
    /// folded. Calls and units, by organization, app, key and service. Changes nothing; the gateway may go on. Reads
    /// in one snapshot of the database and holds a bounded number of sums, however much was recorded.
    /// </summary>
    Task<BooksReport> Compare(CancellationToken ct = default);
}

/// <param name="Journals">Journals at hand.</param>
/// <param name="Segments">Their segments, live and archived.</param>
/// <param name="Records">Records in them that are folded.</param>
/// <param name="From">Begin of the first minute that was compared; null when there was nothing to compare.</param>
/// <param name="To">End of the last minute that was compared.</param>
/// <param name="UnprovedMinutes">
/// Minutes in between of which other journals hold a part: their segments were deleted, or lie with another node. There the
/// rollups may hold more than the journals at hand, never less.
/// </param>
/// <param name="LostRecords">
/// Records that were folded and would lie behind the last one of their journal, but are not there: a power loss takes the last
/// milliseconds of a journal, and the database may have kept what was folded of them. The rollups count them.
/// </param>
/// <param name="Difference">The first difference in time; null when the books agree.</param>
public sealed record BooksReport(
    int Journals, int Segments, long Records, DateTimeOffset? From, DateTimeOffset? To, long UnprovedMinutes,
    long LostRecords, BooksDifference? Difference);

/// <summary>Where two books differ.</summary>
/// <param name="Books">
/// Which two: <c>journals, minutes</c>, <c>minutes, hours</c>, or <c>journal, folded</c> for a journal's own count.
/// </param>
/// <param name="Journal">The journal whose records are not as many as were folded; null otherwise.</param>
/// <param name="Start">Begin of the minute, or of the hour where hours differ.</param>
/// <param name="Organization">Null for calls without a known key, and where a journal's own count differs.</param>
/// <param name="App">Null where the organization is.</param>
/// <param name="Key">Null where the organization is.</param>
/// <param name="Service">The service's name.</param>
/// <param name="Calls">Calls in the first book and in the second.</param>
/// <param name="Units">Units in the first book and in the second.</param>
public sealed record BooksDifference(
    string Books, JournalId? Journal, DateTimeOffset? Start, OrganizationId? Organization, AppId? App, KeyId? Key,
    string? Service, BooksPair Calls, BooksPair Units);

public readonly record struct BooksPair(long First, long Second);

/// <summary>A segment went away while the books were compared: compare again.</summary>
public sealed class BooksChangedException(string message) : Exception(message);
