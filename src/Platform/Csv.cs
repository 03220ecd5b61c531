using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Sluice.Platform;

/// <summary>Comma-separated values as RFC 4180 has them, with a header line.</summary>
internal static class Csv
{
    public const string ContentType = "text/csv";

    /// <summary>Whether the request asks for CSV: by <c>format</c>, or by <c>Accept</c> where that says nothing.</summary>
    public static bool Wanted(HttpContext http, AnswerFormat? format) => format is { } asked
        ? asked == AnswerFormat.Csv
        : http.Request.GetTypedHeaders().Accept.FirstOrDefault()?.MediaType.Value is { } first
            && first.Equals(ContentType, StringComparison.OrdinalIgnoreCase);

    /// <summary>An answer that a browser keeps as a file of this name.</summary>
    public static IResult Answer<T>(
        string file, IReadOnlyList<T> rows, params IReadOnlyList<(string Name, Func<T, object?> Value)> columns) =>
        Results.Bytes(Encoding.UTF8.GetBytes(Write(rows, columns)), $"{ContentType}; charset=utf-8", file);

    public static string Write<T>(IReadOnlyList<T> rows, IReadOnlyList<(string Name, Func<T, object?> Value)> columns)
    {
        var text = new StringBuilder(Head(columns));
        foreach (var row in rows) text.Append(Line(row, columns));
        return text.ToString();
    }

    /// <summary>The header line, its end included.</summary>
    public static string Head<T>(IReadOnlyList<(string Name, Func<T, object?> Value)> columns) =>
        string.Join(',', columns.Select(c => c.Name)) + "\r\n";

    /// <summary>The line of one row, its end included.</summary>
    public static string Line<T>(T row, IReadOnlyList<(string Name, Func<T, object?> Value)> columns) =>
        string.Join(',', columns.Select(c => Cell(c.Value(row)))) + "\r\n";

    private static string Cell(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        DateTimeOffset time => Time(time),
        string text => Quote(Tame(text)),
        _ => Quote(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
    };

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    // Clients choose method names, and a spreadsheet would run one that begins like a formula.
    private static string Tame(string text) => text.Length > 0 && "=+-@\t\r".Contains(text[0]) ? "'" + text : text;

    private static string Quote(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

internal enum AnswerFormat { Json, Csv }
