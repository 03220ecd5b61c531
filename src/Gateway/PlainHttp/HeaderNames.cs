using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Sluice.Gateway.PlainHttp;

/// <summary>Which headers stay behind at the gateway, both ways. docs/services.md tells users.</summary>
internal static class HeaderNames
{
    // RFC 9110, 7.6.1, and what older software puts beside them. The names that Connection lists come on top.
    private static readonly string[] HopByHop =
    [
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info",
        "Proxy-Authorization", "TE", "Transfer-Encoding", "Upgrade", "HTTP2-Settings",
    ];

    private static readonly FrozenSet<string> NotUp = HopByHop.Concat(
    [
        // The gateway's own addressing and keys.
        "Host", "X-API-Key", "X-API", "Target-Service-Id",
        // Cookies belong to the gateway's host name, where an operator's portal may keep its sessions.
        "Cookie", "Cookie2",
        // Who the client is concerns the gateway alone; and a client could claim to be anybody.
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix",
        "X-Forwarded-Proto", "X-Forwarded-Server", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP",
        // The gateway decides about origins and answers preflights.
        "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Access-Control-Request-Private-Network",
        // The server has answered it already.
        "Expect",
        "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol",
    ]).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> NotDown = HopByHop.Concat(
    [
        // What the upstream runs on.
        "Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "Via",
        // What would speak for the whole host name, which is the gateway's.
        "Set-Cookie", "Set-Cookie2", "Alt-Svc", "Clear-Site-Data", "Expect-CT", "NEL", "Public-Key-Pins", "Refresh",
        "Report-To", "Reporting-Endpoints", "Service-Worker-Allowed", "Strict-Transport-Security", "SourceMap",
        // The gateway's own.
        "X-Request-Id", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Expose-Headers",
        "Access-Control-Max-Age", "Access-Control-Allow-Private-Network", "Timing-Allow-Origin",
        "Cross-Origin-Resource-Policy",
    ]).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool StaysBehindUp(string name, StringValues connection) =>
        NotUp.Contains(name) || name.StartsWith(':') || Lists(connection, name);

    public static bool StaysBehindDown(string name, string connection) =>
        NotDown.Contains(name) || name.StartsWith(':') || (connection.Length > 0 && Lists(connection, name));

    /// <summary>Whether a comma-separated header holds a token.</summary>
    public static bool Lists(StringValues header, string token)
    {
        foreach (var line in header)
        {
            if (line is null) continue;
            foreach (var range in line.AsSpan().Split(','))
                if (line.AsSpan()[range].Trim().Equals(token, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }
}
