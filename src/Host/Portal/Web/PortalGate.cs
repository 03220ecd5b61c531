using System.Net;
using Sluice.Host.Portal.Errors;
using Sluice.Host.Settings;

namespace Sluice.Host.Portal.Web;

/// <summary>Marks the routes that are for browsers.</summary>
internal sealed class PortalRoute;

/// <summary>
/// Stands before every route of the portal: the headers, the one host name, and no forms from other sites. Routes
/// without the mark, and relays, do not pass here.
/// </summary>
internal sealed class PortalGate(RequestDelegate next, WebHeaders headers, HostSettings settings)
{
    private static readonly IResult Nul = ErrorPages.Of(
        StatusCodes.Status400BadRequest, "This address cannot be read",
        "It holds a character that no text has (U+0000). Take it out, and open it again.");

    public Task Invoke(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<PortalRoute>() is null) return next(http);
        headers.Guard(http);
        var asks = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (http.Request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) == true)
            return Nul.ExecuteAsync(http);
        if (!asks && IsForeign(http))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }
        if (!IsElsewhere(http)) return next(http);
        if (!asks)
        {
            http.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            return Task.CompletedTask;
        }
        // Cookies, passkeys and wallet messages belong to one name.
        var request = http.Request;
        http.Response.Redirect(
            settings.PublicUrl!.GetLeftPart(UriPartial.Authority) + request.PathBase + request.Path + request.QueryString,
            permanent: false, preserveMethod: true);
        return Task.CompletedTask;
    }

    // Every browser of today says where a request comes from. One that does not is held by the form's token alone.
    private static bool IsForeign(HttpContext http) =>
        http.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";

    private bool IsElsewhere(HttpContext http) => settings.PublicUrl is { } url
        && !string.Equals(http.Request.Host.Host, url.Host, StringComparison.OrdinalIgnoreCase)
        // A health check or a person on the machine itself may use its number.
        && !(url.IsLoopback && IsLoopback(http.Request.Host.Host));

    internal static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
