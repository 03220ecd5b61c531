using System.Text.RegularExpressions;

namespace Sluice.Platform.Catalog.Inside;

/// <summary>
/// References to credentials kept elsewhere: <c>${env:NAME}</c> and <c>${file:/path}</c> anywhere in a value, or
/// <c>file:/path</c> as the whole value.
/// </summary>
internal static partial class References
{
    internal const string Whole = "file:";

    /// <summary>
    /// Sluice's own settings may hold secrets that no upstream must learn, so of its own names only these are open.
    /// </summary>
    private static readonly string[] OpenOwnNames = ["SLUICE_UPSTREAM_", "SLUICE_DEMO_"];

    public static bool Any(string value) =>
        value.StartsWith(Whole, StringComparison.Ordinal) || value.Contains("${", StringComparison.Ordinal);

    /// <summary>What stands in the value besides references.</summary>
    public static string Literal(string value) =>
        value.StartsWith(Whole, StringComparison.Ordinal) ? "" : Form().Replace(value, "");

    public static IEnumerable<Reference> In(string value) => value.StartsWith(Whole, StringComparison.Ordinal)
        ? [new Reference(ReferenceKind.File, value[Whole.Length..])]
        : Form().Matches(value).Select(Read);

    /// <summary>Replaces every reference by what <paramref name="resolve"/> says.</summary>
    public static string Replace(string value, Func<Reference, string> resolve) =>
        value.StartsWith(Whole, StringComparison.Ordinal)
            ? resolve(new Reference(ReferenceKind.File, value[Whole.Length..]))
            : Form().Replace(value, match => resolve(Read(match)));

    /// <summary>What is wrong with the references of a value, with the fix; null when nothing is.</summary>
    public static string? Fault(string value)
    {
        if (Literal(value).Contains("${", StringComparison.Ordinal))
            return "holds a reference that is none. Write ${env:NAME} or ${file:/path}.";
        foreach (var reference in In(value))
        {
            if (reference.Kind == ReferenceKind.File && !Path.IsPathRooted(reference.Target))
                return "refers to a relative path. Write the whole path, from /.";
            if (reference.Kind == ReferenceKind.Environment && !Open(reference.Target))
                return "refers to a setting of Sluice itself. Name the variable SLUICE_UPSTREAM_… or without SLUICE_.";
        }
        return null;
    }

    public static bool Open(string variable) =>
        !variable.StartsWith("SLUICE_", StringComparison.OrdinalIgnoreCase)
        || OpenOwnNames.Any(open => variable.StartsWith(open, StringComparison.Ordinal));

    private static Reference Read(Match match) => match.Groups["env"] is { Success: true } variable
        ? new Reference(ReferenceKind.Environment, variable.Value)
        : new Reference(ReferenceKind.File, match.Groups["file"].Value);

    [GeneratedRegex(
        @"\$\{(?:env:(?<env>[A-Za-z_][A-Za-z0-9_]{0,127})|file:(?<file>[^\s{}]{1,400}))\}",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}

internal enum ReferenceKind { Environment, File }

internal readonly record struct Reference(ReferenceKind Kind, string Target)
{
    public override string ToString() =>
        Kind == ReferenceKind.Environment ? $"environment variable {Target}" : $"file {Target}";
}
