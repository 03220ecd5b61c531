using Microsoft.AspNetCore.Antiforgery;
using Sluice.Host.Portal.Assets;
using Sluice.Host.Portal.Web;

namespace Sluice.Host.Portal;

/// <summary>Gathers what a page knows of its request.</summary>
internal sealed class PageContexts(
    PortalAssets assets, IAntiforgery antiforgery, Toasts toasts, WebHeaders headers, TimeProvider time)
{
    public Task<PageContext> Of(HttpContext http)
    {
        var request = http.Request;
        return Task.FromResult(new PageContext
        {
            Nonce = WebHeaders.NonceOf(http),
            Path = LocalPath.Or(request.PathBase + request.Path.ToUriComponent() + request.QueryString.ToUriComponent(), "/"),
            Assets = assets,
            FormToken = () =>
            {
                var tokens = antiforgery.GetAndStoreTokens(http);
                return new FormToken(tokens.FormFieldName, tokens.RequestToken!);
            },
            Now = time.GetUtcNow(),
            Theme = PortalCookies.ThemeOf(http),
            IsSafe = headers.KeepsCookies(http),
            Toast = toasts.Take(http),
        });
    }
}
