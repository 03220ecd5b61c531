using System.Text.Json;

namespace Sluice.Platform.Catalog.Inside.Reading;

/// <summary>Everything wrong with a file, each fault with its JSON path and the fix. Never echoes a value.</summary>
internal sealed class Faults
{
    internal const int ListedMax = 200;
    private const int QuotedMax = 60;

    private readonly List<string> _listed = [];

    public int Count { get; private set; }

    public bool None => Count == 0;

    public void Add(string path, string message)
    {
        if (Count++ < ListedMax) _listed.Add($"{path}: {message}");
    }

    public IReadOnlyList<string> Listed() =>
        Count <= ListedMax ? _listed : [.. _listed, $"… and {Count - ListedMax} more."];

    /// <summary>A property below a path: <c>$.a.b</c>, or <c>$.a["b c"]</c> for what is no plain word.</summary>
    public static string Below(string path, string name) =>
        name.Length is > 0 and <= QuotedMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? $"{path}.{name}"
            : $"{path}[{Quote(name)}]";

    /// <summary>Somebody's text, shortened and escaped, fit for a message and a terminal.</summary>
    public static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text.Length > QuotedMax ? text[..(QuotedMax - 1)] + "…" : text)}\"";
}
