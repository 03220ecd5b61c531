using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sluice.Kernel;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// <c>GET /usage</c>: <c>from</c>, <c>to</c>, <c>bucket</c>, <c>groupBy</c>, filters, <c>limit</c>, <c>format</c>.
/// </summary>
internal static class GetUsage
{
    private const int LimitDefault = 10_000;

    private static readonly TimeSpan SpanDefault = TimeSpan.FromDays(1);

    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/usage", Handle).WithTags("Metering").Requires(Permission.UsageRead)
            .Does(
                "Sum up what was used, by time and by what is asked for", "metering.organization-missing",
                "metering.organization-foreign", "metering.span-long", "metering.span-old", "metering.rows-max")
            .Produces<Listed<UsageRow>>(StatusCodes.Status200OK, "application/json", Csv.ContentType)
            .Filters()
            .Query("bucket", "minute, hour, day or total (the default).")
            .Query("groupBy", "Any of app, key, service, method, status, cached, separated by commas.")
            .Query("statusClass", "1 to 5: the first digit of the HTTP status.")
            .Query("cached", "true or false.")
            .Query("limit", "Rows at most; 10000 by default.");

    private static async Task<IResult> Handle(HttpContext http, IUsage usage, TimeProvider time, CancellationToken ct)
    {
        var text = new QueryText(http.Request.Query);
        var to = text.Time("to") ?? time.GetUtcNow();
        var query = new UsageQuery(
            text.Id<OrganizationId>("organization"), text.Time("from") ?? to - SpanDefault, to,
            text.Choice("bucket", UsageBucket.Total),
            // The filter is called statusClass, so that name is taken for the dimension too.
            [.. text.List("groupBy").Select(name => name == "statusClass" ? "status" : name).Distinct()],
            text.Id<AppId>("app"), text.Id<KeyId>("key"), text.Text("service"), text.Text("method"),
            text.Number("statusClass"), text.Flag("cached"), text.Number("limit") ?? LimitDefault);
        var format = text.Text("format") is null ? (AnswerFormat?)null : text.Choice("format", AnswerFormat.Json);
        if (text.Refusal() is { } refusal) return Http.Problem(refusal);
        var result = await usage.Usage(query, Http.ActorOf(http), ct);
        return Http.Answer(
            result, rows => Csv.Wanted(http, format) ? Csv.Answer("usage.csv", rows, Columns(query.GroupBy)) : Http.All(rows));
    }

    /// <summary>The columns of CSV: the start, what was grouped by, the measures.</summary>
    public static IReadOnlyList<(string Name, Func<UsageRow, object?> Value)> Columns(IReadOnlyList<string> groupBy)
    {
        (string Name, Func<UsageRow, object?> Value)[] dimensions =
        [
            ("organization", r => r.Organization), ("app", r => r.App), ("key", r => r.Key),
            ("service", r => r.Service), ("method", r => r.Method), ("status", r => r.StatusClass),
            ("cached", r => r.Cached),
        ];
        return
        [
            ("start", r => r.Start),
            .. dimensions.Where(d => groupBy.Contains(d.Name, StringComparer.Ordinal)),
            ("calls", r => r.Calls), ("billed", r => r.Billed), ("units", r => r.Units),
            ("upstreamCalls", r => r.UpstreamCalls), ("bytesUp", r => r.BytesUp), ("bytesDown", r => r.BytesDown),
            ("latencyMicrosSum", r => r.LatencyMicrosSum),
        ];
    }
}
