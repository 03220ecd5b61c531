using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Tenants.Inside.Sessions;

/// <summary>
/// Reads the session's cookie. Browsers send it by themselves, so what changes something is taken from pages of this origin
/// alone, whatever the cookie's own rules and the forms' tokens do besides.
/// </summary>
internal sealed class SessionAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, ISessions sessions,
    IOptions<TenantsOptions> tenants)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (SessionCookie.Read(Context) is not { } secret || !IsOwn()) return AuthenticateResult.NoResult();
        var actor = await sessions.Authenticate(secret, Http.OriginOf(Context), Context.RequestAborted);
        return actor is null
            ? AuthenticateResult.Fail("The session is unknown or ended.")
            : AuthenticateResult.Success(new AuthenticationTicket(actor.ToPrincipal(Scheme.Name), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => Http.Write(Context, Refusals.NoToken);

    // Programs send neither header, and no cookie that they were not given.
    private bool IsOwn()
    {
        if (HttpMethods.IsGet(Request.Method) || HttpMethods.IsHead(Request.Method)) return true;
        var site = Request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0 && site is not ("same-origin" or "none")) return false;
        var origin = Request.Headers.Origin.ToString();
        return origin.Length == 0
            || origin.Equals($"{Request.Scheme}://{Request.Host}", StringComparison.OrdinalIgnoreCase)
            || origin.Equals(tenants.Value.PublicUrl.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase);
    }
}
