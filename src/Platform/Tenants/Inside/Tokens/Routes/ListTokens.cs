using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Tokens.Routes;

/// <summary>
/// <c>GET /tokens?kind=&amp;organization=&amp;after=&amp;limit=</c>: one's own, an organization's, or the operators'.
/// </summary>
internal static class ListTokens
{
    public static async Task<IResult> Handle(HttpContext http, ITokens tokens, CancellationToken ct)
    {
        var actor = Http.ActorOf(http);
        var query = new QueryText(http.Request.Query);
        var organization = query.Id<OrganizationId>("organization") ?? actor.Organization;
        var kind = query.Choice(
            "kind", organization is not null ? TokenKind.Organization
            : actor.Kind == ActorKind.User ? TokenKind.Personal : TokenKind.Operator);
        var cursor = query.Id<TokenId>("after");
        var size = query.Limit(TokenBook.PageMax);
        if (query.Refusal() is { } refusal) return Http.Problem(refusal);
        return Http.Answer(
            await tokens.List(kind, organization, actor, cursor, size + 1, ct),
            rows => Http.Page(rows, size, token => token.Id.ToString()));
    }
}
