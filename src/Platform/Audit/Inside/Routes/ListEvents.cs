using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Audit.Inside.Routes;

/// <summary>
/// <c>GET /audit</c>: newest first; <c>organization</c>, <c>action</c>, <c>subject</c>, <c>actor</c>, <c>from</c>,
/// <c>to</c>, <c>after</c>, <c>limit</c>.
/// </summary>
internal static class ListEvents
{
    public static async Task<IResult> Handle(HttpContext http, IAuditTrail trail, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        var text = new QueryText(http.Request.Query);
        var query = AuditQueryText.Read(text, actor);
        var before = AuditQueryText.Number(text, "after");
        var limit = text.Limit(TrailReading.PageMax);
        if (text.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await trail.List(query, actor, before, limit + 1, ct),
            rows => Http.Page(rows, limit, row => row.Number.ToString(CultureInfo.InvariantCulture)));
    }
}
