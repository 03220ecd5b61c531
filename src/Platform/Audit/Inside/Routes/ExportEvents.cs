using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sluice.Platform.Audit.Inside.Routes;

/// <summary>
/// <c>GET /audit/export</c>: oldest first, all of them, as JSON lines or (<c>format=csv</c>) as CSV; the filters of the list.
/// </summary>
internal static class ExportEvents
{
    public const string JsonLines = "application/jsonl";

    private static readonly IReadOnlyList<(string Name, Func<RecordedEvent, object?> Value)> Columns =
    [
        ("number", e => e.Number), ("at", e => e.At), ("actorKind", e => e.ActorKind), ("actor", e => e.Actor),
        ("action", e => e.Action), ("subject", e => e.Subject), ("organization", e => e.Organization),
        ("before", e => e.Before), ("after", e => e.After), ("requestId", e => e.RequestId), ("ipPrefix", e => e.IpPrefix),
        ("agent", e => e.Agent), ("hash", e => e.Hash),
    ];

    public static async Task<IResult> Handle(HttpContext http, IAuditTrail trail, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        var text = new QueryText(http.Request.Query);
        var query = AuditQueryText.Read(text, actor);
        var csv = text.Choice("format", ExportFormat.Jsonl) == ExportFormat.Csv;
        if (text.Refusal() is { } refusal) return Http.Problem(refusal);
        if (TrailReading.Refuse(query, actor) is { } closed) return Http.Problem(closed);

        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = csv ? $"{Csv.ContentType}; charset=utf-8" : JsonLines;
        http.Response.Headers.ContentDisposition = $"attachment; filename=audit.{(csv ? "csv" : "jsonl")}";
        if (csv) await http.Response.WriteAsync(Csv.Head(Columns), ct);
        // What is refused was refused above: from here on there is nothing but rows.
        await trail.Export(query, actor, Write, ct);
        return Results.Empty;

        async Task Write(RecordedEvent one) => await http.Response.WriteAsync(
            csv ? Csv.Line(one, Columns) : JsonSerializer.Serialize(one, Http.Json) + "\n", Encoding.UTF8, ct);
    }

    private enum ExportFormat
    {
        Jsonl,
        Csv,
    }
}
