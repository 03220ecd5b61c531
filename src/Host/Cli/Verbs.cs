using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

/// <summary>What the verbs that ask the API have in common.</summary>
internal static class Verbs
{
    private const long InputBytesMax = 8 * 1024 * 1024;

    /// <summary>A verb that asks the API and shows the answer, as JSON where that was asked for.</summary>
    public static Command Asking(
        string name, string description, Symbol[] symbols,
        Func<ApiConnection, ParseResult, CancellationToken, Task<JsonNode?>> ask, Action<ParseResult, JsonNode?> show)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else if (symbol is Option option) command.Options.Add(option);
        }
        command.SetAction(async (parsed, ct) =>
        {
            await using var api = await ApiConnection.Open(parsed, ct);
            var answer = await ask(api, parsed, ct);
            if (Output.IsJson(parsed)) Output.Json(answer);
            else show(parsed, answer);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>A verb that makes something, which may be repeated safely under a key.</summary>
    public static Command Making(
        string name, string description, Symbol[] symbols,
        Func<ApiConnection, ParseResult, CancellationToken, Task<JsonNode?>> ask, Action<ParseResult, JsonNode?> show) =>
        Asking(name, description, [.. symbols, Common.IdempotencyKey], ask, show);

    /// <summary>A verb that shows a list that the API gives whole.</summary>
    public static Command Listing(
        string name, string description, Symbol[] symbols, Func<ApiConnection, ParseResult, CancellationToken, Task<string>> path,
        string empty, params Column[] columns) => Asking(
            name, description, symbols,
            async (api, parsed, ct) => await api.Get(await path(api, parsed, ct), ct),
            (_, answer) => Output.Table(Output.Rows(answer), empty, columns));

    /// <summary>A verb that shows a list that the API gives by pages: all of it, or as much as was asked for.</summary>
    public static Command Paging(
        string name, string description, Symbol[] symbols, Func<ApiConnection, ParseResult, CancellationToken, Task<string>> path,
        string empty, params Column[] columns) => Paging(name, description, symbols, null, path, empty, columns);

    /// <summary>The same of what is too long to show whole: <paramref name="rows"/> where nothing else is said.</summary>
    public static Command Paging(
        string name, string description, Symbol[] symbols, int? rows,
        Func<ApiConnection, ParseResult, CancellationToken, Task<string>> path, string empty, params Column[] columns)
    {
        var pages = new PageOptions(rows);
        return Asking(
            name, description, [.. symbols, .. pages.All],
            async (api, parsed, ct) => await pages.Read(api, await path(api, parsed, ct), parsed, ct),
            (_, answer) =>
            {
                Output.Table(Output.Rows(answer), empty, columns);
                if (answer!["next"] is not { } next) return;
                Output.Line("");
                Output.Line($"There is more: --after {next}");
            });
    }

    /// <summary>A verb that works on this machine: told to go elsewhere it refuses, rather than do it here.</summary>
    public static Command Local(Command command)
    {
        command.Validators.Add(result =>
        {
            foreach (var option in new Option[] { Common.Server, Common.Token })
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError($"'{command.Name}' works on this machine alone and takes no {option.Name}.");
        });
        foreach (var verb in command.Subcommands) Local(verb);
        return command;
    }

    public static Command Group(string name, string description, params Command[] verbs)
    {
        var command = new Command(name, description);
        foreach (var verb in verbs) command.Subcommands.Add(verb);
        return command;
    }

    /// <summary>The text of a file, or of standard input where the name is '-'.</summary>
    public static async Task<string> ReadInput(string file, CancellationToken ct)
    {
        try
        {
            if (file == "-") return await Terminal.Present.In.ReadToEndAsync(ct);
            if (new FileInfo(file).Length > InputBytesMax)
                throw new HostFault($"{file} is larger than {InputBytesMax >> 20} MB.");
            return await File.ReadAllTextAsync(file, ct);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HostFault($"{file} cannot be read: {error.Message}");
        }
    }

    /// <summary>The id of an organization that was given by id or by name.</summary>
    public static async Task<string> Organization(ApiConnection api, string idOrName, CancellationToken ct)
    {
        if (idOrName.StartsWith("org_", StringComparison.Ordinal)) return idOrName;
        var rows = await api.List("organizations", ct);
        var found = rows.Where(
            row => string.Equals(row["name"]?.ToString(), idOrName, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count > 1)
            throw new HostFault(
                $"Several organizations are named '{idOrName}': give the id of one.",
                [.. found.Select(row => row["id"]!.ToString())]);
        return found.Count == 1
            ? found[0]["id"]!.ToString()
            : throw new HostFault($"There is no organization named '{idOrName}'. 'sluice org list' shows those there are.");
    }

    /// <summary>The path of an organization that was given by id or by name.</summary>
    public static async Task<string> PathOf(
        ApiConnection api, ParseResult parsed, Argument<string> organization, CancellationToken ct) =>
        "organizations/" + Uri.EscapeDataString(await Organization(api, parsed.GetValue(organization)!, ct));

    /// <summary>What an argument says, as one part of a path.</summary>
    public static string Part(ParseResult parsed, Argument<string> argument) =>
        Uri.EscapeDataString(parsed.GetValue(argument)!);

    /// <summary>A query string of what is given.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> pairs)
    {
        List<string> given = [];
        foreach (var (name, value) in pairs)
            if (value is not null) given.Add($"{name}={Uri.EscapeDataString(value)}");
        return string.Join('&', given);
    }

    /// <summary>Reads <c>30s</c>, <c>15m</c>, <c>24h</c> or <c>7d</c>.</summary>
    public static TimeSpan Span(string text) =>
        LengthOf(text) ?? throw HostFault.Usage($"'{text}' is no length of time: write 30s, 15m, 24h or 7d.");

    private static TimeSpan? LengthOf(string text)
    {
        if (text.Length < 2 || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count >= 1_000_000)
            return null;
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(count),
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' => TimeSpan.FromDays(count),
            _ => null,
        };
    }

    /// <summary>Reads a time (ISO 8601, UTC where no zone is given) or a length of time before now.</summary>
    public static DateTimeOffset Time(string text)
    {
        if (DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
            return at;
        return TimeProvider.System.GetUtcNow() - (LengthOf(text)
            ?? throw HostFault.Usage($"'{text}' is no time: write 2026-01-31T12:00, or how long ago, as 24h or 30d."));
    }

    public static string Iso(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
