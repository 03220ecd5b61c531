using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants.Inside;

/// <summary><c>POST /organizations</c> {name}</summary>
internal static class PostOrganization
{
    public static async Task<IResult> Handle(HttpContext http, ITenants tenants, CancellationToken ct)
    {
        var body = await Http.Body<Body>(http, ct);
        if (!body.Ok) return Http.Problem(body.Refusal);
        return Http.Answer(
            await tenants.CreateOrganization(body.Value.Name ?? "", Http.ActorOf(http), ct: ct),
            created => Results.Json(created, Http.Json, statusCode: StatusCodes.Status201Created));
    }

    internal sealed record Body(string? Name);
}
