using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

/// <summary>How much of a long list a verb shows.</summary>
/// <param name="rows">Rows where nothing is said; null: all.</param>
internal sealed class PageOptions(int? rows)
{
    private const int PageMax = 200;

    private readonly int? _rows = rows;

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = rows is { } count ? $"Rows at most. Default: {count}." : "Rows at most. Default: all.",
        HelpName = "N",
    };

    private readonly Option<string?> _after = new("--after")
    {
        Description = "Go on where a list ended: the 'next' of its JSON.",
        HelpName = "NEXT",
    };

    public Symbol[] All => [_limit, _after];

    /// <summary>Asks for page after page; <c>next</c> of the answer says where it goes on, null at the end.</summary>
    public async Task<JsonNode> Read(ApiConnection api, string path, ParseResult parsed, CancellationToken ct)
    {
        var most = parsed.GetValue(_limit) ?? _rows;
        if (most < 1) throw HostFault.Usage("--limit is 1 or more.");
        var data = new JsonArray();
        var next = parsed.GetValue(_after);
        do
        {
            var size = most is { } wanted ? Math.Min(wanted - data.Count, PageMax) : (int?)null;
            var query = Verbs.Query(("after", next), ("limit", size?.ToString(CultureInfo.InvariantCulture)));
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var page = await api.Get(query.Length == 0 ? path : $"{path}{separator}{query}", ct);
            foreach (var row in Output.Rows(page)) data.Add(row.DeepClone());
            next = page?["next"]?.ToString();
        }
        while (next is not null && (most is null || data.Count < most));
        return new JsonObject { ["data"] = data, ["next"] = next };
    }
}
