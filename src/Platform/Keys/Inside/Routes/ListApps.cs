using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>GET /organizations/{org}/apps?after=&amp;limit=</c></summary>
internal static class ListApps
{
    public static async Task<IResult> Handle(
        HttpContext http, string org, IKeys keys, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        if (!WireId.TryParse<OrganizationId>(org, out var organization) || !actor.MaySee(organization))
            return Http.Problem(Refusals.NoOrganization(org));
        var query = new QueryText(http.Request.Query);
        var cursor = query.Id<AppId>("after");
        var size = query.Limit(AppBook.PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        var rows = await keys.Apps(organization, actor, cursor, size + 1, ct);
        return Http.Page([.. rows.Select(AppBody.Of)], size, app => app.Id.ToString());
    }
}
