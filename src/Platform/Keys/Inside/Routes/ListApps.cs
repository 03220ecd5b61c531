using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>GET /organizations/{org}/apps?after=&amp;limit=</c></summary>
internal static class ListApps
{
    public static async Task<IResult> Handle(
        HttpContext http, string org, IKeys keys, string? after, int? limit, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        if (!WireId.TryParse<OrganizationId>(org, out var organization) || !actor.MaySee(organization))
            return Http.Problem(KeyRefusals.NoOrganization(org));
        if (!Http.TryCursor<AppId>(after, out var cursor)) return Http.Problem(Http.BadCursor);
        var size = Math.Clamp(limit ?? AppBook.PageMax, 1, AppBook.PageMax);
        var rows = await keys.Apps(organization, actor, cursor, size + 1, ct);
        return Http.Page([.. rows.Select(AppBody.Of)], size, app => app.Id.ToString());
    }
}
