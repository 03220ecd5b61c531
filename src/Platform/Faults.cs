using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// Everything wrong with a file or a body, each fault with its place and the fix. Never echoes a value. Places in a file
/// begin with <c>$</c>; a field of a body stands under its bare name, and the empty path is the body itself.
/// </summary>
internal sealed class Faults
{
    internal const int ListedMax = 200;
    private const int QuotedMax = 60;

    private readonly List<string> _listed = [];

    public int Count { get; private set; }

    public bool None => Count == 0;

    public void Add(string path, string message)
    {
        if (Count++ < ListedMax) _listed.Add($"{(path.Length == 0 ? "body" : path)}: {message}");
    }

    public IReadOnlyList<string> Listed() =>
        Count <= ListedMax ? _listed : [.. _listed, $"… and {Count - ListedMax} more."];

    /// <summary>The refusal of a body with these faults.</summary>
    public Refusal Refuse() => new(
        "api.field-invalid", Count == 1 ? _listed[0] : $"The body has {Count} faults; nothing was changed.", 400, Listed());

    /// <summary>A property below a path: <c>$.a.b</c>, or <c>$.a["b c"]</c> for what is no plain word.</summary>
    public static string Below(string path, string name) =>
        name.Length is > 0 and <= QuotedMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? path.Length == 0 ? name : $"{path}.{name}"
            : $"{path}[{Quote(name)}]";

    /// <summary>Somebody's text, shortened and escaped, fit for a message and a terminal.</summary>
    public static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text.Length > QuotedMax ? text[..(QuotedMax - 1)] + "…" : text)}\"";
}
