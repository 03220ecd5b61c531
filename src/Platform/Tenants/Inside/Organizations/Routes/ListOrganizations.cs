using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations.Routes;

/// <summary><c>GET /organizations?after=&amp;limit=</c></summary>
internal static class ListOrganizations
{
    public static async Task<IResult> Handle(
        HttpContext http, ITenants tenants, CancellationToken ct)
    {
        var query = new QueryText(http.Request.Query);
        var cursor = query.Id<OrganizationId>("after");
        var size = query.Limit(OrganizationBook.PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        var actor = Http.ActorOf(http);
        var rows = await tenants.Organizations(actor, cursor, size + 1, ct);
        return Http.Page([.. rows.Select(one => OrganizationBody.Of(one, actor))], size, one => one.Id.ToString());
    }
}
