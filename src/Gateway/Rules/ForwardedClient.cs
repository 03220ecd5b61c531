using System.Net;

namespace Sluice.Gateway.Rules;

/// <summary>
/// Who the client is when proxies stand in front. A header is believed only as far as trusted proxies wrote it.
/// </summary>
public static class ForwardedClient
{
    /// <summary>Entries read, from the right; a longer chain ends there.</summary>
    public const int HopsMax = 16;

    /// <summary>
    /// The peer, unless it is a trusted proxy: then the rightmost <c>X-Forwarded-For</c> entry that is not one. An entry
    /// that is no address ends the walk at the proxy that passed it on; if all are trusted, the leftmost is the client.
    /// </summary>
    /// <param name="peer">The other end of the connection.</param>
    /// <param name="forwardedFor">The header; several headers joined by commas in their order.</param>
    /// <param name="trustedProxies">The operator's proxies.</param>
    public static IPAddress Resolve(IPAddress peer, ReadOnlySpan<char> forwardedFor, NetworkSet trustedProxies)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(trustedProxies);
        var client = peer;
        var rest = forwardedFor;
        for (var hop = 0; hop < HopsMax && !rest.IsEmpty && trustedProxies.Contains(client); hop++)
        {
            var comma = rest.LastIndexOf(',');
            if (!TryParse(rest[(comma + 1)..].Trim(" \t"), out var entry))
                break;
            client = entry;
            rest = comma < 0 ? [] : rest[..comma];
        }

        return client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
    }

    /// <summary>
    /// An address, optionally with a port: <c>192.0.2.1</c>, <c>192.0.2.1:80</c>, <c>2001:db8::1</c>,
    /// <c>[2001:db8::1]:80</c>.
    /// </summary>
    private static bool TryParse(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text is ['[', ..])
        {
            var close = text.IndexOf(']');
            if (close < 0 || !IsPort(text[(close + 1)..]))
                return false;
            text = text[1..close];
            if (!text.Contains(':'))
                return false;
        }
        else if (text.Count(':') == 1)
        {
            var colon = text.IndexOf(':');
            if (!IsPort(text[colon..]))
                return false;
            text = text[..colon];
        }

        // Dotted shorthands ("10.1", "0x7f.1", "1") are read differently from proxy to proxy.
        if (text.Length > 45 || text.ContainsAny('[', ']', '%') || !IsPlain(text) || !IPAddress.TryParse(text, out var parsed))
            return false;
        address = parsed;
        return true;
    }

    private static bool IsPlain(ReadOnlySpan<char> text)
    {
        if (text.Contains(':'))
            return true;
        var dots = 0;
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '.')
                (dots, start) = (dots + 1, i + 1);
            // A leading zero means octal to some.
            else if (!char.IsAsciiDigit(text[i]) || (i > start && text[start] == '0'))
                return false;
        }

        return dots == 3;
    }

    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.IsEmpty
        || (text is [':', .. var digits] && digits.Length is > 0 and <= 5 && !digits.ContainsAnyExceptInRange('0', '9'));
}
