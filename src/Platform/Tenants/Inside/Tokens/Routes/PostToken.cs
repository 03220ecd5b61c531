using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Tokens.Routes;

/// <summary>
/// <c>POST /tokens</c> {organization?, name, expiresAt?}. An operator who names no organization gets an operator's
/// token; an organization's token asks for its own organization.
/// </summary>
internal static class PostToken
{
    public static async Task<IResult> Handle(HttpContext http, ITenants tenants, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        var request = await Bodies.Read(http, at => new TokenRequest(
            at.Id<OrganizationId>("organization") ?? actor.Organization, at.Name("name"), at.Time("expiresAt")), ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        return Http.Answer(
            await tenants.CreateToken(request.Value, actor, ct: ct),
            issued => Results.Json(issued, Http.Json, statusCode: StatusCodes.Status201Created));
    }
}
