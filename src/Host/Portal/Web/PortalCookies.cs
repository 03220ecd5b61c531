namespace Sluice.Host.Portal.Web;

/// <summary>
/// The shape of every cookie of the portal: of this host alone (<c>__Host-</c>), over TLS (or this machine, which
/// browsers treat alike), out of reach of scripts, and not sent by other sites' forms.
/// </summary>
internal static class PortalCookies
{
    public const string Theme = "__Host-sluice-theme";
    public const string Form = "__Host-sluice-form";

    public static readonly TimeSpan ThemeKept = TimeSpan.FromDays(365);

    /// <param name="kept">How long the browser keeps it; null until it closes.</param>
    public static CookieOptions Options(TimeSpan? kept) => new()
    {
        Path = "/",
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        MaxAge = kept,
        IsEssential = true,
    };

    public static Theme ThemeOf(HttpContext http) => http.Request.Cookies[Theme] switch
    {
        "light" => Portal.Theme.Light,
        "dark" => Portal.Theme.Dark,
        _ => Portal.Theme.Auto,
    };
}
