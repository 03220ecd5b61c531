using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations.Routes;

/// <summary><c>GET /organizations/{org}</c></summary>
internal static class GetOrganization
{
    public static async Task<IResult> Handle(HttpContext http, string org, ITenants tenants, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        return WireId.TryParse<OrganizationId>(org, out var id) && actor.May(Permission.OrganizationRead, id)
            && await tenants.FindOrganization(id, ct) is { } found
            ? Versions.Json(http, OrganizationBody.Of(found, actor), found.Version)
            : Http.Problem(Refusals.NoOrganization(org));
    }
}
