using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sluice.Host.Cli;

/// <summary>One column of a table: its head, and where its value stands in the JSON (<c>limits.dailyUnits</c>).</summary>
/// <param name="IsName">A number that names something (of an event, a status), and is no amount: without separators.</param>
internal sealed record Column(string Head, string Path, bool IsName = false);

/// <summary>What the command line prints: tables and sentences for people, JSON with <c>--json</c>.</summary>
internal static class Output
{
    private const int Gap = 2;

    private static readonly JsonSerializerOptions Indented =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsJson(ParseResult parsed) => parsed.GetValue(Common.Json);

    public static void Json(object? value) => Line(JsonSerializer.Serialize(value, Indented));

    public static void Json(JsonNode? value) => Line(value?.ToJsonString(Indented) ?? "null");

    public static void Line(string text) => Terminal.Present.Out.WriteLine(text);

    /// <summary>Prints rows, one below the other where a table is too wide, or the sentence when there are none.</summary>
    public static void Table(IReadOnlyList<JsonNode> rows, string empty, params Column[] columns)
    {
        if (rows.Count == 0)
        {
            Line(empty);
            return;
        }
        if (Fits(rows, columns))
        {
            Draw(rows, columns);
            return;
        }
        Column[] filled = [.. columns.Where(column => rows.Any(row => Cell(row, column).Length > 0))];
        if (Fits(rows, filled))
        {
            Draw(rows, filled);
            return;
        }
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0) Line("");
            Details(rows[i], filled);
        }
    }

    /// <summary>Prints names and values of one thing.</summary>
    public static void Details(JsonNode thing, params Column[] lines)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(Gap)).AddColumn(new GridColumn().PadRight(0));
        foreach (var line in lines)
            if (Show(At(thing, line.Path), line.IsName) is { Length: > 0 } value)
                grid.AddRow(new Text(line.Head), new Text(value));
        Terminal.Present.Console.Write(grid);
    }

    /// <summary>The rows of a list's answer.</summary>
    public static IReadOnlyList<JsonNode> Rows(JsonNode? answer, string name = "data") =>
        [.. (answer?[name] as JsonArray ?? []).OfType<JsonNode>()];

    /// <summary>Says on standard error why a command failed; returns the exit code.</summary>
    public static int Fault(ParseResult parsed, string message, IReadOnlyList<string> details, int code = ExitCodes.Failed)
    {
        var error = Terminal.Present.Error;
        if (IsJson(parsed))
        {
            error.WriteLine(JsonSerializer.Serialize(new { error = message, faults = details }, Indented));
            return code;
        }
        error.WriteLine($"sluice: {message}");
        foreach (var detail in details) error.WriteLine($"  - {detail}");
        return code;
    }

    private static bool Fits(IReadOnlyList<JsonNode> rows, IReadOnlyList<Column> columns) =>
        columns.Sum(column => Math.Max(WidthOf(column.Head), rows.Max(row => WidthOf(Cell(row, column)))) + Gap)
            <= Terminal.Present.Width;

    private static int WidthOf(string text) => new Segment(text).CellCount();

    private static void Draw(IReadOnlyList<JsonNode> rows, IReadOnlyList<Column> columns)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
        {
            var numbers = rows.All(row => At(row, column.Path) is not { } value || value.GetValueKind() == JsonValueKind.Number);
            var made = new TableColumn($"[bold]{Markup.Escape(column.Head)}[/]").NoWrap().Padding(0, 0, Gap, 0);
            table.AddColumn(numbers ? made.RightAligned() : made);
        }
        foreach (var row in rows) table.AddRow([.. columns.Select(column => new Text(Cell(row, column)))]);
        Terminal.Present.Console.Write(table);
    }

    private static string Cell(JsonNode row, Column column) =>
        Show(At(row, column.Path), column.IsName).ReplaceLineEndings(" ").Trim();

    private static JsonNode? At(JsonNode node, string path)
    {
        JsonNode? at = node;
        foreach (var name in path.Split('.'))
        {
            if (at is not JsonObject thing) return null;
            at = thing[name];
        }
        return at;
    }

    private static string Show(JsonNode? value, bool isName = false) => value switch
    {
        null => "",
        JsonArray array => string.Join(", ", array.Select(one => Show(one, isName))),
        JsonObject thing => string.Join(
            ", ", thing.Where(pair => Says(pair.Value)).Select(pair => $"{pair.Key}={Show(pair.Value, isName)}")),
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.Number && scalar.TryGetValue<long>(out var number) =>
            number.ToString(isName ? "0" : "#,0", CultureInfo.InvariantCulture),
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => Time(scalar.GetValue<string>()),
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.True => "yes",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.False => "no",
        _ => value.ToString(),
    };

    private static bool Says(JsonNode? value) => value is not (null or JsonArray { Count: 0 });

    private static string Time(string text) =>
        text.Length >= 20 && text[10] == 'T'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : text;
}
