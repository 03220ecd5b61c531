using Sluice.Host.Settings;

namespace Sluice.Host.Portal.Web;

/// <summary>Where the installation is reached, for what people copy.</summary>
internal static class PublicAddress
{
    /// <summary>
    /// Scheme and host: those of the settings, because behind a proxy that ends TLS only they know; otherwise those that this
    /// request asked for.
    /// </summary>
    public static string Of(HttpContext http) =>
        http.RequestServices.GetRequiredService<HostSettings>().PublicUrl?.GetLeftPart(UriPartial.Authority)
        ?? $"{http.Request.Scheme}://{http.Request.Host}";
}
