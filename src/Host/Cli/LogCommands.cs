using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

internal static class LogCommands
{
    private static readonly Column[] Columns =
    [
        new("At", "at"), new("Request", "requestId"), new("Service", "service"), new("Method", "method"),
        new("Status", "status", IsName: true), new("RPC error", "rpcErrorCode", IsName: true), new("Outcome", "outcome"),
        new("Units", "units"), new("Upstream", "upstream"),
        new("Latency µs", "latencyMicros"),
    ];

    // Wide, and of use only to whoever holds the bodies of one call.
    private static readonly Column[] WithDigests =
        [.. Columns, new("Request digest", "requestDigest"), new("Answer digest", "answerDigest")];

    public static Command Build()
    {
        var status = new Option<int?>("--status") { Description = "HTTP status that the client was given.", HelpName = "N" };
        var request = new Option<string?>("--request")
        {
            Description = "One request, by the id of its X-Request-Id, with its digests.",
            HelpName = "ID",
        };
        var filters = new Filters();
        return Verbs.Group("log", "Single calls.",
            Verbs.Asking("show", "Single calls, newest first. Times are UTC.", [.. filters.All, status, request],
                async (api, parsed, ct) => await api.Get("log?" + await filters.Query(api, parsed, ct,
                    ("status", parsed.GetValue(status)?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    ("requestId", parsed.GetValue(request))), ct),
                (parsed, answer) => Output.Table(Output.Rows(answer),
                    "There is no call in that time.", parsed.GetValue(request) is null ? Columns : WithDigests)));
    }
}
