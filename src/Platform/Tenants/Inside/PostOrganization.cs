using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants.Inside;

/// <summary><c>POST /organizations</c> {name}</summary>
internal static class PostOrganization
{
    public static async Task<IResult> Handle(HttpContext http, ITenants tenants, CancellationToken ct)
    {
        var name = await Bodies.Read(http, at => at.Name("name"), ct);
        if (!name.Ok) return Http.Problem(name.Refusal);
        return Http.Answer(
            await tenants.CreateOrganization(name.Value, Http.ActorOf(http), ct: ct),
            created => Results.Json(created, Http.Json, statusCode: StatusCodes.Status201Created));
    }
}
