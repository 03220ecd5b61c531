using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

/// <summary>What keys and tokens are issued with alike: a name, an end, and a text that is shown once.</summary>
internal sealed class IssueOptions(string noun, string defaultName)
{
    private readonly Option<string> _name = new("--name")
    {
        Description = $"What the {noun} is for.",
        DefaultValueFactory = _ => defaultName,
        HelpName = "NAME",
    };

    private readonly Option<string?> _expires = new("--expires-in")
    {
        Description = "When it ends by itself: 24h, 30d. Default: never.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _expiresAt = new("--expires-at")
    {
        Description = "When it ends by itself, as a time: 2026-12-31T12:00.",
        HelpName = "TIME",
    };

    public Symbol[] All => [_name, _expires, _expiresAt];

    public JsonObject Body(ParseResult parsed)
    {
        var body = new JsonObject { ["name"] = parsed.GetValue(_name) };
        var (span, at) = (parsed.GetValue(_expires), parsed.GetValue(_expiresAt));
        if (span is not null && at is not null) throw HostFault.Usage("--expires-in and --expires-at exclude each other.");
        if (span is not null) body["expiresAt"] = Verbs.Iso(TimeProvider.System.GetUtcNow() + Verbs.Span(span));
        if (at is not null) body["expiresAt"] = Verbs.Iso(Verbs.Time(at));
        return body;
    }

    /// <summary>How long what is replaced still works.</summary>
    public static Option<string> Overlap(string description) => new("--overlap")
    {
        Description = description,
        DefaultValueFactory = _ => "24h",
        HelpName = "TIME",
    };

    public static object OverlapBody(ParseResult parsed, Option<string> overlap) =>
        new { overlapSeconds = (long)Verbs.Span(parsed.GetValue(overlap)!).TotalSeconds };

    public static void ShowSecret(JsonNode? answer)
    {
        Output.Line("");
        Output.Line(answer?["secret"]?.ToString() ?? "");
        Output.Line("");
        Output.Line("Keep it now: it is not shown again.");
    }
}
