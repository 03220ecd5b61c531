using Microsoft.Extensions.Primitives;
using Sluice.Host.Settings;

namespace Sluice.Host.Serving;

/// <summary>
/// Headers of every answer but a relay's, faults included: its request id, and what a browser must not make of it. What a
/// route says itself stands; what says nothing is kept by nobody, and is no page.
/// </summary>
internal sealed class AnswerHeaders(HostSettings settings)
{
    /// <summary>A year, for this host and those below it, where gateways have their services.</summary>
    public const string TlsAlone = "max-age=31536000; includeSubDomains";

    private const string NoPage = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly bool _behindTls = settings.PublicUrl?.Scheme == Uri.UriSchemeHttps;

    /// <summary>
    /// Has the answer carry them when it begins: until then whoever answers a fault takes all headers away.
    /// </summary>
    public void Guard(HttpContext http) => http.Response.OnStarting(
        static state =>
        {
            var (headers, request) = ((AnswerHeaders, HttpContext))state;
            headers.Put(request);
            return Task.CompletedTask;
        },
        (this, http));

    private void Put(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers[Routes.RequestIdHeader] = http.TraceIdentifier;
        headers.XContentTypeOptions = "nosniff";
        if (_behindTls || http.Request.IsHttps) headers.StrictTransportSecurity = TlsAlone;
        if (StringValues.IsNullOrEmpty(headers.CacheControl)) headers.CacheControl = "no-store";
        if (StringValues.IsNullOrEmpty(headers.ContentSecurityPolicy)) headers.ContentSecurityPolicy = NoPage;
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
    }
}
