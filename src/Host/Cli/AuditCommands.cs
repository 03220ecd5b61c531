using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class AuditCommands
{
    public static Command Build() => Verbs.Group(
        "audit", "The trail of changes: who did what, and the proof that nobody altered it.",
        BuildList(), BuildExport(), BuildVerify(),
        Verbs.Asking("checkpoints", "The last signatures under the trail, and the public keys that prove them.", [],
            (api, _, ct) => api.Get("audit/checkpoints?limit=20", ct), (_, answer) => ShowCheckpoints(answer!)));

    private static Command BuildList()
    {
        var filters = new AuditFilters();
        return Verbs.Paging("list", "Events, newest first. Times are UTC.", [.. filters.All], 50,
            async (api, parsed, ct) => $"audit?{await filters.Query(api, parsed, ct)}", "There is no such event.",
            new("Number", "number", IsName: true), new("At", "at"), new("Actor", "actor"), new("Action", "action"),
            new("Subject", "subject"), new("Organization", "organization"), new("From", "ipPrefix"),
            new("Request", "requestId"));
    }

    private static Command BuildExport()
    {
        var filters = new AuditFilters();
        var csv = new Option<bool>("--csv") { Description = "CSV in place of JSON lines." };
        var export = new Command("export", "All events, oldest first, to standard output.");
        foreach (var symbol in filters.All) export.Options.Add((Option)symbol);
        export.Options.Add(csv);
        export.SetAction(async (parsed, ct) =>
        {
            await using var api = await ApiConnection.Open(parsed, ct);
            var format = parsed.GetValue(csv) ? "csv" : "jsonl";
            await api.Copy($"audit/export?format={format}&{await filters.Query(api, parsed, ct)}", Terminal.Present.Out, ct);
            return ExitCodes.Done;
        });
        return export;
    }

    private static Command BuildVerify()
    {
        var verify = new Command(
            "verify", "Recompute the whole chain and check every signature; names the first event that does not hold.");
        var witness = new Option<string?>("--witness")
        {
            Description = "An event seen earlier, from a log line or a checkpoint: it must still be so.",
            HelpName = "NUMBER:HASH",
        };
        verify.Options.Add(witness);
        verify.SetAction(async (parsed, ct) =>
        {
            await using var api = await ApiConnection.Open(parsed, ct);
            var proof = (await api.Post("audit/verify", Witness(parsed.GetValue(witness)), ct))!;
            if (Output.IsJson(parsed)) Output.Json(proof);
            else if (proof["brokenAt"] is { } broken) Output.Line($"BROKEN at event {broken}. {proof["why"]}");
            else Output.Line($"{proof["events"]} events and {proof["checkpoints"]} signatures hold.");
            return proof["brokenAt"] is null ? ExitCodes.Done : ExitCodes.Failed;
        });
        return verify;
    }

    private static object? Witness(string? text)
    {
        if (text is null) return null;
        var parts = text.Split(':');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new { number, hash = parts[1] }
            : throw HostFault.Usage("--witness reads NUMBER:HASH, as in 'sluice audit checkpoints --json'.");
    }

    private static void ShowCheckpoints(JsonNode answer)
    {
        Output.Table(Output.Rows(answer), "Nothing is signed yet.",
            new("Up to event", "number", IsName: true), new("At", "at"), new("Hash", "hash"), new("Key", "keyId"));
        foreach (var (id, pem) in answer["keys"]!.AsObject())
        {
            Output.Line("");
            Output.Line($"Key {id}");
            Output.Line(pem!.ToString().TrimEnd());
        }
    }
}

/// <summary>Which events.</summary>
internal sealed class AuditFilters
{
    private readonly TimeOptions _when = new("Those that touch an organization, by id or name.");
    private readonly Option<string?> _action = new("--action")
    {
        Description = "Action, or the beginning of it: keys, keys.key, keys.key.revoke.",
        HelpName = "ACTION",
    };
    private readonly Option<string?> _subject = new("--subject") { Description = "Id of the thing.", HelpName = "ID" };
    private readonly Option<string?> _actor = new("--actor") { Description = "Id of who did it.", HelpName = "ID" };

    public Symbol[] All => [.. _when.All, _action, _subject, _actor];

    public Task<string> Query(ApiConnection api, ParseResult parsed, CancellationToken ct) => _when.Query(
        api, parsed, ct, ("action", parsed.GetValue(_action)), ("subject", parsed.GetValue(_subject)),
        ("actor", parsed.GetValue(_actor)));
}
