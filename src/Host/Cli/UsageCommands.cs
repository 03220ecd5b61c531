using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

/// <summary>The filters that usage and log share, and the address they make.</summary>
internal sealed class Filters
{
    private readonly TimeOptions _when = new("Organization, by id or name.");
    private readonly Option<string?> _app = new("--app") { Description = "App, by id.", HelpName = "APP" };
    private readonly Option<string?> _key = new("--key") { Description = "Key, by id.", HelpName = "KEY" };
    private readonly Option<string?> _service = new("--service") { Description = "Service, by name.", HelpName = "NAME" };
    private readonly Option<string?> _method = new("--method") { Description = "Method, by name.", HelpName = "NAME" };
    private readonly Option<int?> _limit = new("--limit") { Description = "Rows at most.", HelpName = "N" };

    public Symbol[] All => [.. _when.All, _app, _key, _service, _method, _limit];

    public Task<string> Query(
        ApiConnection api, ParseResult parsed, CancellationToken ct, params (string Name, string? Value)[] more) => _when.Query(
            api, parsed, ct,
            [
                ("app", parsed.GetValue(_app)), ("key", parsed.GetValue(_key)), ("service", parsed.GetValue(_service)),
                ("method", parsed.GetValue(_method)),
                ("limit", parsed.GetValue(_limit)?.ToString(System.Globalization.CultureInfo.InvariantCulture)), .. more,
            ]);
}

internal static class UsageCommands
{
    public static Command Build()
    {
        var bucket = new Option<string>("--by")
        {
            Description = "Sums per minute, hour, day, or in total.",
            DefaultValueFactory = _ => "day",
        };
        bucket.AcceptOnlyFromAmong("minute", "hour", "day", "total");
        var group = new Option<string[]>("--group")
        {
            Description = "Split by app, key, service, method, status, cached.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "NAME",
        };
        group.AcceptOnlyFromAmong("app", "key", "service", "method", "status", "cached");
        var csv = new Option<bool>("--csv") { Description = "Print CSV." };
        var filters = new Filters();
        var show = new Command("show", "What was used. Times are UTC.");
        foreach (var symbol in filters.All) show.Options.Add((Option)symbol);
        foreach (var option in new Option[] { bucket, group, csv }) show.Options.Add(option);
        show.SetAction(async (parsed, ct) =>
        {
            await using var api = await ApiConnection.Open(parsed, ct);
            var groups = parsed.GetValue(group) is { Length: > 0 } names ? string.Join(',', names) : null;
            var query = await filters.Query(
                api, parsed, ct, ("bucket", parsed.GetValue(bucket)), ("groupBy", groups),
                ("format", parsed.GetValue(csv) ? "csv" : null));
            if (parsed.GetValue(csv))
            {
                Terminal.Present.Out.Write(await api.GetText($"usage?{query}", "text/csv", ct));
                return ExitCodes.Done;
            }
            var answer = await api.Get($"usage?{query}", ct);
            if (Output.IsJson(parsed)) Output.Json(answer);
            else Show(Output.Rows(answer));
            return ExitCodes.Done;
        });
        return Verbs.Group("usage", "What was used.", show);
    }

    private static void Show(IReadOnlyList<JsonNode> rows)
    {
        Column[] all =
        [
            new("Start", "start"), new("Organization", "organization"), new("App", "app"), new("Key", "key"),
            new("Service", "service"), new("Method", "method"), new("Status", "statusClass"), new("Cached", "cached"),
            new("Calls", "calls"), new("Billed", "billed"),
            new("Units", "units"), new("Bytes up", "bytesUp"), new("Bytes down", "bytesDown"),
        ];
        // A dimension that was not grouped by is null in every row: no column for it.
        Output.Table(
            rows, "Nothing was used in that time.",
            [.. all.Where(column => rows.Any(row => row[column.Path] is not null))]);
    }
}
