using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// Versions of things on the wire: an <c>ETag</c> (RFC 9110 section 8.8.3) that is the number of the last change, told with
/// every answer that shows the thing, and taken as <c>If-Match</c> where it is changed.
/// </summary>
internal static class Versions
{
    public static readonly Refusal Stale = new(
        "api.version-stale",
        "It was changed since you read it, and nothing was changed now: read it again, and repeat what is still right.", 412);

    private static readonly Refusal Malformed = new(
        "api.version-malformed", "If-Match is the one ETag that the thing was answered with, such as \"42\", or *.", 400);

    /// <summary>The JSON of a thing with its version, or 304 where the asker has that one.</summary>
    public static IResult Json<T>(HttpContext http, T shown, long version, int status = StatusCodes.Status200OK)
    {
        var tag = Tag(version);
        http.Response.Headers.ETag = tag;
        return HttpMethods.IsGet(http.Request.Method) && Knows(http, tag)
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Json(shown, Http.Json, statusCode: status);
    }

    // A list, and by the weak comparison (RFC 9110 section 13.1.2): proxies that compress make tags weak.
    private static bool Knows(HttpContext http, string tag) => http.Request.Headers.IfNoneMatch
        .SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries))
        .Any(known => known == "*" || known == tag || (known.StartsWith("W/", StringComparison.Ordinal) && known[2..] == tag));

    /// <summary>The version that a change is meant for; null where any will do.</summary>
    public static Result<long?> Expected(HttpContext http)
    {
        var given = http.Request.Headers.IfMatch;
        if (given.Count == 0 || given is ["*"]) return (long?)null;
        if (given is not [{ } tag]) return Malformed;
        // A weak tag matches nothing, and neither does one that is not ours.
        if (tag.StartsWith("W/", StringComparison.Ordinal)) return Stale;
        if (tag.Length < 2 || tag[0] != '"' || tag[^1] != '"' || tag.AsSpan(1, tag.Length - 2).Contains('"')) return Malformed;
        return long.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : Stale;
    }

    private static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
