using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Metering.Inside;

/// <summary><c>GET /log</c>: single calls, newest first.</summary>
internal static class GetLog
{
    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/log", Handle).WithTags("Metering").Requires(Permission.LogRead)
            .Does(
                "List single calls, newest first", "metering.organization-missing", "metering.organization-foreign",
                "metering.span-long", "metering.rows-max")
            .Produces<Listed<LogRow>>(StatusCodes.Status200OK, "application/json", Csv.ContentType)
            .Filters()
            .Query("status", "HTTP status that the client was given.")
            .Query("requestId", "One request, as its answer named it in X-Request-Id.")
            .Query("limit", "Rows at most; 100 by default.");

    private static async Task<IResult> Handle(
        HttpContext http, IUsage usage, IAudit audit, TimeProvider time, CancellationToken ct)
    {
        var text = new QueryText(http.Request.Query);
        var query = LogQueryText.Read(text, time.GetUtcNow());
        var format = text.Text("format") is null ? (AnswerFormat?)null : text.Choice("format", AnswerFormat.Json);
        if (text.Refusal() is { } refusal) return Http.Problem(refusal);
        var actor = Http.ActorOf(http);
        await audit.RecordRead(
            actor, "metering.log.read", query.Organization?.ToString() ?? "all", query.Organization, ct);
        var result = await usage.Log(query, actor, ct);
        return Http.Answer(result, rows => Csv.Wanted(http, format) ? Csv.Answer("log.csv", rows, Columns) : Http.All(rows));
    }

    public static readonly IReadOnlyList<(string Name, Func<LogRow, object?> Value)> Columns =
    [
        ("at", r => r.At), ("requestId", r => r.RequestId), ("organization", r => r.Organization), ("app", r => r.App),
        ("key", r => r.Key), ("service", r => r.Service), ("method", r => r.Method), ("batchIndex", r => r.BatchIndex),
        ("status", r => r.Status), ("rpcErrorCode", r => r.RpcErrorCode), ("outcome", r => r.Outcome),
        ("billed", r => r.Billed), ("cached", r => r.Cached), ("units", r => r.Units), ("upstream", r => r.Upstream),
        ("upstreamCalls", r => r.UpstreamCalls), ("bytesUp", r => r.BytesUp), ("bytesDown", r => r.BytesDown),
        ("latencyMicros", r => r.LatencyMicros), ("upstreamLatencyMicros", r => r.UpstreamLatencyMicros),
        ("requestDigest", r => r.RequestDigest), ("answerDigest", r => r.AnswerDigest),
    ];
}
