using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Sluice.Host.Cli;

/// <summary>One column of a table: its head, and where its value stands in the JSON (<c>limits.dailyUnits</c>).</summary>
internal sealed record Column(string Head, string Path);

/// <summary>What the command line prints: tables and sentences for people, JSON with <c>--json</c>.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions Indented =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsJson(ParseResult parsed) => parsed.GetValue(Common.Json);

    public static void Json(object? value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Indented));

    public static void Json(JsonNode? value) => Console.Out.WriteLine(value?.ToJsonString(Indented) ?? "null");

    /// <summary>Prints a list's rows, or the sentence when there are none.</summary>
    public static void Table(IReadOnlyList<JsonNode> rows, string empty, params Column[] columns)
    {
        if (rows.Count == 0)
        {
            Console.Out.WriteLine(empty);
            return;
        }
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
        {
            var numbers = rows.All(row => At(row, column.Path) is not { } value || value.GetValueKind() == JsonValueKind.Number);
            var made = new TableColumn($"[bold]{Markup.Escape(column.Head)}[/]").NoWrap().PadRight(2);
            table.AddColumn(numbers ? made.RightAligned() : made);
        }
        foreach (var row in rows) table.AddRow([.. columns.Select(column => new Text(Show(At(row, column.Path))))]);
        AnsiConsole.Write(table);
    }

    /// <summary>Prints names and values of one thing.</summary>
    public static void Details(JsonNode thing, params Column[] lines)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var line in lines)
            if (At(thing, line.Path) is { } value) grid.AddRow(new Text(line.Head), new Text(Show(value)));
        AnsiConsole.Write(grid);
    }

    public static void Line(string text) => Console.Out.WriteLine(text);

    /// <summary>Says on standard error why a command failed; returns the exit code.</summary>
    public static int Fault(ParseResult parsed, string message, IReadOnlyList<string> details)
    {
        if (IsJson(parsed))
        {
            Console.Error.WriteLine(JsonSerializer.Serialize(new { error = message, faults = details }, Indented));
            return ExitCodes.Failed;
        }
        Console.Error.WriteLine($"sluice: {message}");
        foreach (var detail in details) Console.Error.WriteLine($"  - {detail}");
        return ExitCodes.Failed;
    }

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

    private static string Show(JsonNode? value) => value switch
    {
        null => "",
        JsonArray array => string.Join(", ", array.Select(Show)),
        JsonObject thing => string.Join(", ", thing.Where(p => p.Value is not null).Select(p => $"{p.Key}={Show(p.Value)}")),
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.Number && scalar.TryGetValue<long>(out var number) =>
            number.ToString("#,0", CultureInfo.InvariantCulture),
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => Time(scalar.GetValue<string>()),
        _ => value.ToString(),
    };

    private static string Time(string text) =>
        text.Length >= 20 && text[10] == 'T'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : text;
}
