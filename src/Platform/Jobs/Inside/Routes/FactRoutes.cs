using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Jobs.Inside.Routes;

/// <summary><c>GET /facts?state=dead|waiting&amp;after=&amp;limit=</c>, <c>POST /facts/{fact}/retry</c></summary>
internal static class FactRoutes
{
    public const int PageMax = 500;

    public static async Task<IResult> List(HttpContext http, IJobDesk desk, CancellationToken ct)
    {
        var query = new QueryText(http.Request.Query);
        var state = query.Choice("state", FactState.Dead);
        var after = query.Number("after");
        var size = query.Limit(PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await desk.Facts(state == FactState.Dead, after, size + 1, Http.ActorOf(http), ct),
            rows => Http.Page(rows, size, fact => fact.Id.ToString(CultureInfo.InvariantCulture)));
    }

    public static async Task<IResult> Retry(HttpContext http, string fact, IJobDesk desk, CancellationToken ct) =>
        Http.Answer(
            await desk.RetryFact(
                long.TryParse(fact, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0,
                Http.ActorOf(http), ct: ct),
            _ => Results.NoContent());

    private enum FactState { Dead, Waiting }
}
