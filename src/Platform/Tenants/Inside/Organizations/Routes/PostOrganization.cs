using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations.Routes;

/// <summary><c>POST /organizations</c> {name}</summary>
internal static class PostOrganization
{
    public static async Task<IResult> Handle(HttpContext http, ITenants tenants, CancellationToken ct)
    {
        var name = await Bodies.Read(http, at => at.Name("name"), ct);
        if (!name.Ok) return Http.Problem(name.Refusal);
        var actor = Http.ActorOf(http);
        return Http.Answer(
            await tenants.CreateOrganization(name.Value, actor, Http.WorkOf(http), ct),
            created => Versions.Json(
                http, OrganizationBody.Of(created, actor) with { Role = actor.User is null ? null : OrganizationRole.Owner },
                created.Version, StatusCodes.Status201Created));
    }
}
