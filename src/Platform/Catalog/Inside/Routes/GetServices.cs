using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Catalog.Inside.Routes;

/// <summary>GET /services: operators see all, members what is enabled; by name, 200 a page.</summary>
internal static class GetServices
{
    internal const int PageMax = 200;

    public static async Task<IResult> Handle(
        HttpContext http, ICatalog catalog, string? after = null, int limit = PageMax, CancellationToken ct = default)
    {
        if (limit is < 1 or > PageMax)
            return Http.Problem(Refusal.Invalid("catalog.page", $"'limit' must be from 1 to {PageMax}."));
        var all = Http.ActorOf(http).IsOperator;
        var rows = (await catalog.Services(ct))
            .Where(service => all || service.Enabled)
            .Where(service => string.CompareOrdinal(service.Name, after) > 0)
            .Take(limit + 1)
            .Select(service => ServiceSummaryView.Of(service, all));
        return Http.Page([.. rows], limit, service => service.Name);
    }
}
