using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sluice.Gateway;

/// <summary>
/// CORS preflights (Fetch standard, 4.8). A preflight carries no key, so it is answered permissively and without
/// credentials; the request that follows is where the app's rules are kept.
/// </summary>
internal static class Preflight
{
    private const int HeadersMax = 2048;

    public static bool IsOne(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method)
        && request.Headers.Origin.Count == 1
        && request.Headers.AccessControlRequestMethod.Count == 1;

    public static void Answer(HttpContext http)
    {
        var wanted = http.Request.Headers;
        var headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        if (IsPlain(wanted.AccessControlRequestMethod)) headers.AccessControlAllowMethods = wanted.AccessControlRequestMethod;
        var names = wanted.AccessControlRequestHeaders;
        if (!StringValues.IsNullOrEmpty(names) && IsPlain(names))
            headers.AccessControlAllowHeaders = names;
        headers.AccessControlMaxAge = "600";
        headers.Vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // The server takes UTF-8 in a request's headers and refuses to write it into an answer's.
    private static bool IsPlain(StringValues values)
    {
        var text = values.ToString();
        return text.Length <= HeadersMax && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
    }
}
