using Xunit;

namespace Sluice.Unit;

/// <summary>
/// docs/security.md answers every requirement once, names files that exist and tests that exist. What it says of them is
/// for people to judge.
/// </summary>
public sealed class SecurityPageTests
{
    private const string Page = "docs/security.md";
    private const string List = "tests/Vectors/asvs-5.0-l2.txt";

    [Fact]
    public void Every_requirement_is_answered_once_and_no_other()
    {
        var answered = Rows(Repository.Text(Page)).SelectMany(row => row.Ids).Order(StringComparer.Ordinal);
        Assert.Equal(Ids().Order(StringComparer.Ordinal), answered);
    }

    [Fact]
    public void Every_row_says_how_and_shows_it() => Repository.Empty(Faults(Repository.Text(Page)));

    [Fact]
    public void Every_named_test_and_file_exists() => Repository.Empty(Missing(Repository.Text(Page)));

    [Fact]
    public void The_list_holds_both_levels() => Assert.Equal(253, Ids().Distinct(StringComparer.Ordinal).Count());

    [Theory]
    [InlineData("| V1.1.1 | by nobody | `NoSuchTests` |", "NoSuchTests")]
    [InlineData("| V1.1.1 | by `src/Nowhere/X.cs` | [x](README.md) |", "src/Nowhere/X.cs")]
    public void The_page_catches_a_planted_name(string row, string expected) =>
        Assert.Contains(Missing(row), message => message.Contains(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("| V1.1.1 | it is | |", "shows nothing")]
    [InlineData("| V1.1.1 | it is | here |", "shows nothing")]
    [InlineData("| V1.1.1 | | `Maps` |", "says nothing")]
    public void The_page_catches_a_planted_gap(string row, string expected) =>
        Assert.Contains(Faults(row), message => message.Contains(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("V1.2.3", "V1.2.3")]
    [InlineData("V1.2.3, V1.2.5", "V1.2.3 V1.2.5")]
    [InlineData("V1.2.9–11", "V1.2.9 V1.2.10 V1.2.11")]
    public void Ids_are_read_one_by_one_or_as_a_row(string cell, string expected) =>
        Assert.Equal(expected, string.Join(' ', IdsOf(cell)));

    private static string[] Ids() =>
        [.. Repository.Text(List).Split('\n').Where(line => line.Length > 0 && line[0] != '#')];

    // A requirement that is not met, or that concerns nothing that is there, has nothing to show.
    private static IEnumerable<string> Faults(string text) =>
        from row in Rows(text)
        let gap = row.How.StartsWith("not yet", StringComparison.Ordinal) || row.How.StartsWith("not there", StringComparison.Ordinal)
        from fault in new[]
        {
            row.How.Length == 0 ? "says nothing" : null,
            !gap && !Repository.Says(row.Shown, @"`\w+`|\]\(") ? "shows nothing: name a test or link a page" : null,
        }
        where fault is not null
        select $"{Page}: {row.Ids[0]} {fault}";

    private static IEnumerable<string> Missing(string text)
    {
        var tests = Repository.Files("tests", ".cs").Select(file => Path.GetFileNameWithoutExtension(file)!)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var row in Rows(text))
        {
            foreach (var test in Repository.Find(row.Shown, @"`(?<name>\w+)`"))
                if (!tests.Contains(test)) yield return $"{Page}: {row.Ids[0]} names the test {test}, which does not exist";
            foreach (var path in Repository.Find(row.How + row.Shown, @"`(?<name>(src|tests|docs|config)/[\w./-]+)`"))
                if (!Path.Exists(Repository.Full(path))) yield return $"{Page}: {row.Ids[0]} names {path}, which does not exist";
        }
    }

    private static IEnumerable<Row> Rows(string text) =>
        from line in text.Split('\n')
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells.Length == 5 && cells[1].StartsWith('V') && Repository.Says(cells[1], @"^V\d+\.\d+\.\d+")
        select new Row(IdsOf(cells[1]), cells[2], cells[3]);

    // "V1.2.3", "V1.2.3, V1.2.5" or "V1.2.3–6".
    private static string[] IdsOf(string cell) =>
    [
        .. from part in cell.Split(',', StringSplitOptions.TrimEntries)
           let ends = part.Split('–')
           let dot = ends[0].LastIndexOf('.')
           let first = int.Parse(ends[0][(dot + 1)..], System.Globalization.CultureInfo.InvariantCulture)
           let last = ends.Length == 1 ? first : int.Parse(ends[1], System.Globalization.CultureInfo.InvariantCulture)
           from number in Enumerable.Range(first, last - first + 1)
           select $"{ends[0][..dot]}.{number}",
    ];

    private sealed record Row(string[] Ids, string How, string Shown);
}
