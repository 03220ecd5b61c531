using Microsoft.AspNetCore.Http;

namespace Sluice.Platform.Tenants;

/// <summary>
/// The cookie that carries a session's secret. Its prefix has browsers take it only from this very host, over TLS or on
/// localhost.
/// </summary>
public static class SessionCookie
{
    public const string Name = "__Host-sluice";

    /// <summary>The session's secret that a request carries; null where there is none.</summary>
    public static string? Read(HttpContext http) =>
        http.Request.Cookies.TryGetValue(Name, out var secret) && secret.Length > 0 ? secret : null;

    /// <summary>Hands a session to the browser.</summary>
    public static void Write(HttpContext http, SignedIn session)
    {
        var options = Options();
        options.Expires = session.ExpiresAt;
        http.Response.Cookies.Append(Name, session.Secret, options);
        http.Response.Headers.CacheControl = "no-store";
    }

    /// <summary>
    /// Takes it away again, with what the browser keeps of this host. Other cookies stay: that word would reach all hosts of
    /// the domain.
    /// </summary>
    public static void Clear(HttpContext http)
    {
        http.Response.Cookies.Delete(Name, Options());
        http.Response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";
    }

    private static CookieOptions Options() => new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
    };
}
