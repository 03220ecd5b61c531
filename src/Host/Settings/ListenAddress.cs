using System.Net;

namespace Sluice.Host.Settings;

/// <summary>
/// One address to listen on: <c>http://</c>, <c>https://</c>, <c>h2c://</c> (HTTP/2 without TLS, for gRPC behind a
/// proxy) or <c>unix:/path</c>. A null <paramref name="Host"/> stands for both loopbacks.
/// </summary>
internal sealed record ListenAddress(string Scheme, IPAddress? Host, int Port, string? SocketPath)
{
    /// <summary>Whether nothing but this machine reaches it.</summary>
    public bool IsLoopback => Host is null || IPAddress.IsLoopback(Host);

    public bool IsTls => Scheme == "https";

    /// <summary>How a browser on this machine reaches it; null for a socket.</summary>
    public Uri? ToLocalUrl()
    {
        if (SocketPath is not null) return null;
        var any = Host is null || Host.Equals(IPAddress.Any) || Host.Equals(IPAddress.IPv6Any);
        return new UriBuilder(IsTls ? "https" : "http", any ? "localhost" : Host!.ToString(), Port).Uri;
    }

    /// <summary>Reads one address; null with the fault when it cannot be listened on.</summary>
    public static ListenAddress? Parse(string text, out string fault)
    {
        fault = "";
        if (text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase))
        {
            var path = text["unix:".Length..];
            if (Path.IsPathRooted(path) && path.Length < 104) return new ListenAddress("unix", null, 0, path);
            fault = $"'{text}': a unix socket is a full path of at most 103 characters (unix:/run/sluice.sock).";
            return null;
        }
        // '*' and '+' are no host names to Uri, so they are looked at first.
        var readable = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal)
            .Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(readable, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https" or "h2c"))
        {
            fault = $"'{text}' is no address to listen on: use http://localhost:4000, https://*:443, h2c://… or unix:/path.";
            return null;
        }
        if (uri.AbsolutePath is not ("/" or "") || uri.Query.Length > 0 || uri.UserInfo.Length > 0)
        {
            fault = $"'{text}' carries more than scheme, host and port: leave the rest away.";
            return null;
        }
        var port = uri.Port >= 0 ? uri.Port : 80;
        var any = readable != text;
        if (any) return new ListenAddress(uri.Scheme, IPAddress.IPv6Any, port, null);
        if (uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            // Both loopbacks cannot share a port that the system picks: port 0 listens on the IPv4 one.
            return new ListenAddress(uri.Scheme, port == 0 ? IPAddress.Loopback : null, port, null);
        }
        if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address))
            return new ListenAddress(uri.Scheme, address, port, null);
        fault = $"'{text}': listen on localhost, an IP address, or * for all of them; names are for SLUICE_PUBLIC_URL.";
        return null;
    }
}
