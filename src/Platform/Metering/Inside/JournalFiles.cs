using System.Globalization;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Where journals and their segments lie. A segment that is folded whole moves to <c>archive/</c> in its journal's
/// directory and stays readable there until it is deleted.
/// </summary>
internal static class JournalFiles
{
    public const string ArchiveFolder = "archive";

    private const string SegmentEnd = ".seg";

    public static string Live(string directory, int segment) =>
        Path.Combine(directory, JournalFormat.SegmentName(segment));

    public static string Archived(string directory, int segment) =>
        Path.Combine(directory, ArchiveFolder, JournalFormat.SegmentName(segment));

    /// <summary>The journals under a directory.</summary>
    public static Dictionary<JournalId, string> Journals(string journalsDirectory)
    {
        var journals = new Dictionary<JournalId, string>();
        if (!Directory.Exists(journalsDirectory)) return journals;
        foreach (var directory in Directory.EnumerateDirectories(journalsDirectory))
            if (WireId.TryParse<JournalId>(Path.GetFileName(directory), out var id))
                journals[id] = directory;
        return journals;
    }

    public static int[] LiveSegments(string directory) => Segments(directory);

    public static int[] ArchivedSegments(string directory) => Segments(Path.Combine(directory, ArchiveFolder));

    /// <summary>Paths of all segments of a journal by number, those not archived first choice.</summary>
    public static SortedDictionary<int, string> All(string directory)
    {
        var paths = new SortedDictionary<int, string>();
        foreach (var number in ArchivedSegments(directory)) paths[number] = Archived(directory, number);
        foreach (var number in LiveSegments(directory)) paths[number] = Live(directory, number);
        return paths;
    }

    /// <summary>
    /// Brings back from the archive what a position still needs: a database that was restored, or that lost its last
    /// commits in a crash, stands before segments that were folded and archived already. True when it brought any.
    /// </summary>
    /// <exception cref="InvalidDataException">A segment is missing in the middle: its records cannot be folded.</exception>
    public static bool MakeReadable(string directory, JournalPosition position)
    {
        var brought = false;
        foreach (var number in ArchivedSegments(directory))
        {
            if (number < position.Segment || File.Exists(Live(directory, number))) continue;
            File.Move(Archived(directory, number), Live(directory, number));
            brought = true;
        }
        var live = LiveSegments(directory);
        if (live.Length > 0 && live[^1] > position.Segment && !live.Contains(position.Segment))
            throw new InvalidDataException($"Segment {position.Segment} of {directory} is missing.");
        return brought;
    }

    private static int[] Segments(string directory)
    {
        if (!Directory.Exists(directory)) return [];
        var numbers = new List<int>();
        foreach (var path in Directory.EnumerateFiles(directory, "*" + SegmentEnd))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) numbers.Add(number);
        }
        numbers.Sort();
        return [.. numbers];
    }
}
