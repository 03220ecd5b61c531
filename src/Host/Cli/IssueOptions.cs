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

    public Symbol[] All => [_name, _expires];

    public JsonObject Body(ParseResult parsed)
    {
        var body = new JsonObject { ["name"] = parsed.GetValue(_name) };
        if (parsed.GetValue(_expires) is { } span)
            body["expiresAt"] = Verbs.Iso(TimeProvider.System.GetUtcNow() + Verbs.Span(span));
        return body;
    }

    public static void ShowSecret(JsonNode? answer)
    {
        Output.Line("");
        Output.Line(answer?["secret"]?.ToString() ?? "");
        Output.Line("");
        Output.Line("Keep it now: only its hash is stored.");
    }
}
