using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Sluice.Unit;

/// <summary>The repository as the tests that read it see it: paths from its root, with forward slashes.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", "artifacts", "data"];

    public static string Root { get; } = FindRoot();

    public static string Full(string path) => Path.Combine(Root, path);

    public static string Text(string path) => File.ReadAllText(Full(path));

    /// <summary>Files of a folder and its subfolders whose name ends so; what the build made is left out.</summary>
    public static IEnumerable<string> Files(string folder, string ending) =>
        from file in Directory.EnumerateFiles(Full(folder), "*" + ending, SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !path.Split('/').SkipLast(1).Any(part => NotOurs.Contains(part, StringComparer.Ordinal))
        orderby path
        select path;

    /// <summary>The folders of src/Platform: each is a room.</summary>
    public static IReadOnlyList<string> Rooms() =>
    [
        .. Directory.GetDirectories(Full("src/Platform")).Select(d => Path.GetFileName(d)!)
            .Where(name => !NotOurs.Contains(name, StringComparer.Ordinal)).Order(StringComparer.Ordinal),
    ];

    public static bool Says(string text, string pattern) => Regex.IsMatch(text, pattern, Options, Longest);

    /// <summary>What the group <c>name</c> of a pattern matched, all over the text.</summary>
    public static IEnumerable<string> Find(string text, string pattern) =>
        Regex.Matches(text, pattern, Options, Longest).Select(match => match.Groups["name"].Value);

    private const RegexOptions Options = RegexOptions.Multiline | RegexOptions.ExplicitCapture;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Fails with all that is wrong, one a line.</summary>
    public static void Empty(IEnumerable<string> broken)
    {
        var all = string.Join('\n', broken.Order(StringComparer.Ordinal));
        if (all != "") Assert.Fail(all);
    }

    private static string FindRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
