using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// What was refused for safety's sake, a line each: who, from which network, which route, and why. Of what the caller chose
/// nothing is repeated, no address, no password and no token. A flood does not fill a disk: so many lines a second are
/// written, and how many more there were.
/// </summary>
internal sealed partial class SecurityLog(TimeProvider time, ILogger<SecurityLog> log)
{
    public const int LinesPerSecondMax = 50;

    private readonly Lock _lock = new();
    private long _second;
    private int _lines;
    private int _unsaid;

    /// <summary>A request that was not let in, or that asked for what its actor may not.</summary>
    public static void Closed(HttpContext http, Refusal refusal) =>
        http.RequestServices.GetService<SecurityLog>()?.TellClosed(http, refusal);

    /// <summary>A sign-in, or a proof of who sits there: told where it fails. What begins is in the trail.</summary>
    public async Task<Result<T>> Watch<T>(string way, Task<Result<T>> attempt, Origin? from)
    {
        var made = await attempt;
        if (!made.Ok) NotSignedIn(way, made.Refusal, from);
        return made;
    }

    /// <summary>One that failed. How often there were too many is told elsewhere.</summary>
    public void NotSignedIn(string way, Refusal refusal, Origin? from)
    {
        if (refusal.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable) return;
        if (Says()) LogNotSignedIn(way, refusal.Code, from?.IpPrefix, from?.RequestId);
    }

    /// <summary>Attempts that have to wait.</summary>
    public void TooMany(IEnumerable<string> kinds, TimeSpan wait)
    {
        if (Says()) LogTooMany(string.Join(", ", kinds), (long)Math.Ceiling(wait.TotalSeconds));
    }

    private void TellClosed(HttpContext http, Refusal refusal)
    {
        if (!Says()) return;
        var from = Http.OriginOf(http);
        // The pattern of the route and not its address: that one may hold what nobody should read.
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.TrimEnd('/') ?? "no route";
        var actor = Actor.From(http.User)?.Name ?? "nobody";
        LogClosed(http.Request.Method, route, refusal.Code, actor, from.IpPrefix, from.RequestId);
    }

    private bool Says()
    {
        var (says, unsaid) = (false, 0);
        lock (_lock)
        {
            var second = time.GetUtcNow().ToUnixTimeSeconds();
            if (second != _second) (_second, _lines, unsaid, _unsaid) = (second, 0, _unsaid, 0);
            says = _lines < LinesPerSecondMax;
            if (says) _lines++;
            else _unsaid++;
        }
        if (unsaid > 0) LogUnsaid(unsaid);
        return says;
    }

    [LoggerMessage(501, LogLevel.Information, "Refused {Method} {Route} ({Code}) to {Actor} of {Network}, request {Request}")]
    private partial void LogClosed(
        string method, string route, string code, string actor, string? network, string? request);

    [LoggerMessage(502, LogLevel.Information, "Not signed in by {Way} ({Code}) from {Network}, request {Request}")]
    private partial void LogNotSignedIn(string way, string code, string? network, string? request);

    [LoggerMessage(503, LogLevel.Warning, "Too many attempts ({Kinds}): the next in {Seconds} s")]
    private partial void LogTooMany(string kinds, long seconds);

    [LoggerMessage(504, LogLevel.Warning, "{Count} more refusals than are written in a second")]
    private partial void LogUnsaid(int count);
}
