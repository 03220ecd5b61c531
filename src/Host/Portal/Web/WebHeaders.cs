using System.Buffers.Text;
using System.Security.Cryptography;
using Sluice.Host.Settings;

namespace Sluice.Host.Portal.Web;

/// <summary>Headers with which a browser holds the portal's answers to what they may do.</summary>
internal sealed class WebHeaders(HostSettings settings)
{
    private const int NonceBytes = 18;
    private const string Permissions =
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        + "microphone=(), midi=(), payment=(), usb=(), publickey-credentials-get=(self), "
        + "publickey-credentials-create=(self)";

    /// <summary>A nonce of the request, the same for all that asks during it.</summary>
    public static string NonceOf(HttpContext http)
    {
        if (http.Items[typeof(WebHeaders)] is string made) return made;
        var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceBytes));
        http.Items[typeof(WebHeaders)] = nonce;
        return nonce;
    }

    /// <summary>For everything that the portal answers with: what is not named is forbidden.</summary>
    public void Guard(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = Permissions;
        headers.ContentSecurityPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        if (IsHttps(http)) headers.StrictTransportSecurity = Serving.AnswerHeaders.TlsAlone;
    }

    /// <summary>For a page: its own style, script and forms besides. Pages are never kept by a cache.</summary>
    public void GuardPage(HttpContext http)
    {
        Guard(http);
        var nonce = NonceOf(http);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'nonce-{nonce}'; img-src 'self'; "
            + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";
    }

    /// <summary>Whether a browser keeps cookies marked for TLS: there, and on the machine itself.</summary>
    public bool KeepsCookies(HttpContext http) => IsHttps(http) || PortalGate.IsLoopback(http.Request.Host.Host)
        || http.Request.Host.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    // Behind a proxy that ends TLS, only the settings know.
    private bool IsHttps(HttpContext http) => http.Request.IsHttps || settings.PublicUrl?.Scheme == Uri.UriSchemeHttps;
}
