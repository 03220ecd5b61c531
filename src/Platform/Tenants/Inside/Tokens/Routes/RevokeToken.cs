using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Tokens.Routes;

/// <summary><c>POST /tokens/{token}/revoke</c></summary>
internal static class RevokeToken
{
    public static async Task<IResult> Handle(HttpContext http, string token, ITenants tenants, CancellationToken ct)
    {
        if (!WireId.TryParse<TokenId>(token, out var id))
            return Http.Problem(TokenBook.Unknown);
        return Http.Answer(
            await tenants.RevokeToken(id, Http.ActorOf(http), ct: ct), _ => Results.NoContent());
    }
}
