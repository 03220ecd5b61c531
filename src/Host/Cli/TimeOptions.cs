using System.CommandLine;

namespace Sluice.Host.Cli;

/// <summary>Of whom and when: what usage, log and trail are asked for alike.</summary>
internal sealed class TimeOptions(string whose)
{
    private readonly Option<string?> _organization = new("--org") { Description = whose, HelpName = "ORGANIZATION" };
    private readonly Option<string?> _from = new("--from")
    {
        Description = "Start: a time (2026-01-31T12:00) or how long ago (24h, 30d).",
        HelpName = "TIME",
    };
    private readonly Option<string?> _to = new("--to") { Description = "End, as for --from. Default now.", HelpName = "TIME" };

    public Symbol[] All => [_organization, _from, _to];

    /// <summary>The query with these and more.</summary>
    public async Task<string> Query(
        ApiConnection api, ParseResult parsed, CancellationToken ct, params (string Name, string? Value)[] more)
    {
        var organization = parsed.GetValue(_organization) is { } given ? await Verbs.Organization(api, given, ct) : null;
        (string Name, string? Value)[] pairs =
        [
            ("organization", organization), ("from", Time(parsed.GetValue(_from))), ("to", Time(parsed.GetValue(_to))), .. more,
        ];
        return Verbs.Query(pairs);
    }

    private static string? Time(string? text) => text is null ? null : Verbs.Iso(Verbs.Time(text));
}
