using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>GET /services: operators see all, members what is enabled; by name, 200 a page.</summary>
internal static class GetServices
{
    internal const int PageMax = 200;

    public static async Task<IResult> Handle(HttpContext http, ICatalog catalog, CancellationToken ct)
    {
        var query = new QueryText(http.Request.Query);
        var after = query.Text("after");
        var limit = query.Limit(PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        var all = Http.ActorOf(http).May(Permission.ServicesRead);
        var rows = (await catalog.Services(ct))
            .Where(service => all || service.Enabled)
            .Where(service => string.CompareOrdinal(service.Name, after) > 0)
            .Take(limit + 1)
            .Select(service => ServiceSummaryView.Of(service, all));
        return Http.Page([.. rows], limit, service => service.Name);
    }
}
