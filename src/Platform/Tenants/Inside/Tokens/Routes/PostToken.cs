using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Tokens.Routes;

/// <summary>
/// <c>POST /tokens</c> {kind?, organization?, name, scopes?, expiresAt?}. Where no kind is named, a person gets a token of
/// its own, an organization's token one of its organization, and an operator one of the organization, or an operator's.
/// </summary>
internal static class PostToken
{
    public static async Task<IResult> Handle(HttpContext http, ITenants tenants, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        var request = await Bodies.Read(http, at => Read(at, actor), ct);
        if (!request.Ok) return Http.Problem(request.Refusal);
        return Http.Answer(
            await tenants.CreateToken(request.Value, actor, Http.WorkOf(http), ct),
            issued => Results.Json(issued, Http.Json, statusCode: StatusCodes.Status201Created));
    }

    private static TokenRequest Read(ObjectAt at, Actor actor)
    {
        var organization = at.Id<OrganizationId>("organization") ?? actor.Organization;
        var otherwise = actor.Kind == ActorKind.User ? TokenKind.Personal
            : organization is null ? TokenKind.Operator : TokenKind.Organization;
        return new TokenRequest(
            organization, at.Name("name"), at.Time("expiresAt"), at.Choice("kind", otherwise), ScopeText.At(at));
    }
}
