using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary><c>POST /organizations/{org}/apps</c> {name}</summary>
internal static class PostApp
{
    public static async Task<IResult> Handle(HttpContext http, string org, IKeys keys, CancellationToken ct)
    {
        if (!WireId.TryParse<OrganizationId>(org, out var organization))
            return Http.Problem(KeyRefusals.NoOrganization(org));
        var body = await Http.Body<Body>(http, ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        return Http.Answer(
            await keys.CreateApp(organization, body.Value.Name ?? "", Http.ActorOf(http), ct: ct),
            app => Results.Json(AppBody.Of(app), Http.Json, statusCode: StatusCodes.Status201Created));
    }

    internal sealed record Body(string? Name);
}
