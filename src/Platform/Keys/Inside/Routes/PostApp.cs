using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>POST /organizations/{org}/apps</c> {name}</summary>
internal static class PostApp
{
    public static async Task<IResult> Handle(HttpContext http, string org, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var organization))
            return Http.Problem(Refusals.NoOrganization(org));
        var name = await Bodies.Read(http, at => at.Name("name"), ct);
        if (!name.Ok) return Http.Problem(name.Refusal);
        return Http.Answer(
            await keys.CreateApp(organization, name.Value, Http.ActorOf(http), Http.WorkOf(http), ct),
            app => Versions.Json(http, AppBody.Of(app), app.Version, StatusCodes.Status201Created));
    }
}
