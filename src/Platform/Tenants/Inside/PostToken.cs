using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside;

/// <summary>
/// <c>POST /tokens</c> {organization?, name, expiresAt?}. An operator who names no organization gets an operator's
/// token; an organization's token asks for its own organization.
/// </summary>
internal static class PostToken
{
    public static async Task<IResult> Handle(HttpContext http, ITenants tenants, CancellationToken ct)
    {
        var read = await Http.Body<Body>(http, ct);
        if (!read.Ok) return Http.Problem(read.Refusal);
        var body = read.Value;
        var actor = Http.ActorOf(http);
        var request = new TokenRequest(body.Organization ?? actor.Organization, body.Name ?? "", body.ExpiresAt);
        return Http.Answer(
            await tenants.CreateToken(request, actor, ct: ct),
            issued => Results.Json(issued, Http.Json, statusCode: StatusCodes.Status201Created));
    }

    internal sealed record Body(OrganizationId? Organization, string? Name, DateTimeOffset? ExpiresAt);
}
