using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside;

/// <summary><c>GET /organizations?after=&amp;limit=</c></summary>
internal static class ListOrganizations
{
    public static async Task<IResult> Handle(
        HttpContext http, ITenants tenants, string? after, int? limit, CancellationToken ct)
    {
        if (!Http.TryCursor<OrganizationId>(after, out var cursor)) return Http.Problem(Http.BadCursor);
        var size = Math.Clamp(limit ?? OrganizationBook.PageMax, 1, OrganizationBook.PageMax);
        var rows = await tenants.Organizations(Http.ActorOf(http), cursor, size + 1, ct);
        return Http.Page(rows, size, o => o.Id.ToString());
    }
}
