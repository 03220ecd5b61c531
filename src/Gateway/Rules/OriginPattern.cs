using System.Buffers;
using System.Globalization;

namespace Sluice.Gateway.Rules;

/// <summary>One listed origin: exact, or all subdomains of a host (<c>https://*.example.com</c>).</summary>
internal sealed class OriginPattern
{
    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    private static readonly SearchValues<char> BracketCharacters = SearchValues.Create("0123456789abcdefABCDEF:.");
    private static readonly SearchValues<char> SchemeCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    private readonly string _scheme;
    private readonly string _host;
    private readonly int _port;
    private readonly bool _subdomains;

    private OriginPattern(string scheme, string host, int port, bool subdomains)
    {
        _scheme = scheme;
        _host = host;
        _port = port;
        _subdomains = subdomains;
    }

    /// <summary>Null: no origin can match this text.</summary>
    public static OriginPattern? Parse(string text)
    {
        var star = text.IndexOf("://*.", StringComparison.Ordinal);
        // The star is taken out for reading; what is kept is ".example.com", which a subdomain's host ends with.
        var plain = star < 0 ? text : text.Remove(star + 3, 2);
        if (!Origin.TryParse(plain, out var origin))
            return null;
        var host = origin.Host.ToString();
        return new OriginPattern(origin.Scheme.ToString(), star < 0 ? host : "." + host, origin.Port, star >= 0);
    }

    public bool Matches(Origin origin)
    {
        if (_port != origin.Port || !origin.Scheme.Equals(_scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        return _subdomains
            ? origin.Host.Length > _host.Length && origin.Host.EndsWith(_host, StringComparison.OrdinalIgnoreCase)
            : origin.Host.Equals(_host, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A serialized origin (RFC 6454, section 6.2) taken apart; the port is never left out.</summary>
    internal readonly ref struct Origin
    {
        public ReadOnlySpan<char> Scheme { get; private init; }
        public ReadOnlySpan<char> Host { get; private init; }
        /// <summary>-1: the scheme has no default and none was named.</summary>
        public int Port { get; private init; }

        public static bool TryParse(ReadOnlySpan<char> text, out Origin origin)
        {
            origin = default;
            var colon = text.IndexOf("://", StringComparison.Ordinal);
            if (colon <= 0 || !char.IsAsciiLetter(text[0]) || text[..colon].ContainsAnyExcept(SchemeCharacters))
                return false;
            var scheme = text[..colon];
            var host = text[(colon + 3)..];
            var port = DefaultPort(scheme);
            var portAt = host.LastIndexOf(':');
            if (portAt > host.LastIndexOf(']'))
            {
                var digits = host[(portAt + 1)..];
                if (digits.Length > 5 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port)
                    || port is 0 or > 65535)
                    return false;
                host = host[..portAt];
            }

            if (!IsHost(host))
                return false;
            origin = new Origin { Scheme = scheme, Host = host, Port = port };
            return true;
        }

        private static bool IsHost(ReadOnlySpan<char> host)
        {
            if (host is ['[', .. var inner, ']'])
                return !inner.IsEmpty && !inner.ContainsAnyExcept(BracketCharacters);
            return host.Length is > 0 and <= 253 && host[0] != '.' && !host.ContainsAnyExcept(HostCharacters)
                && host.IndexOf("..", StringComparison.Ordinal) < 0;
        }

        private static int DefaultPort(ReadOnlySpan<char> scheme)
        {
            if (scheme.Equals("https", StringComparison.OrdinalIgnoreCase)
                || scheme.Equals("wss", StringComparison.OrdinalIgnoreCase))
                return 443;
            return scheme.Equals("http", StringComparison.OrdinalIgnoreCase)
                || scheme.Equals("ws", StringComparison.OrdinalIgnoreCase)
                ? 80
                : -1;
        }
    }
}
