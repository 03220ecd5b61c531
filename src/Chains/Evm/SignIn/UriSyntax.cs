using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Chains.Evm.SignIn;

/// <summary>The grammar of RFC 3986, appendix A, to the letter. <see cref="Uri"/> takes more than that, and mends it.</summary>
internal static class UriSyntax
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";
    private const string Unreserved = Letters + Digits + "-._~";
    private const string SubDelimiters = "!$&'()*+,;=";

    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create(Letters + Digits + "+-.");
    private static readonly SearchValues<char> UserCharacters = SearchValues.Create(Unreserved + SubDelimiters + ":");
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(Unreserved + SubDelimiters);
    private static readonly SearchValues<char> FutureCharacters = SearchValues.Create(Unreserved + SubDelimiters + ":");
    private static readonly SearchValues<char> SegmentCharacters = SearchValues.Create(Unreserved + SubDelimiters + ":@");
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(Unreserved + SubDelimiters + ":@/");
    private static readonly SearchValues<char> QueryCharacters = SearchValues.Create(Unreserved + SubDelimiters + ":@/?");
    private static readonly SearchValues<char> StatementCharacters = SearchValues.Create(Unreserved + SubDelimiters + ":/?#[]@ ");
    private static readonly SearchValues<char> HexDigits = SearchValues.Create(Digits + "ABCDEFabcdef");
    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create(Digits + "ABCDEFabcdef:.");

    public static bool IsScheme(ReadOnlySpan<char> text) =>
        !text.IsEmpty && char.IsAsciiLetter(text[0]) && !text.ContainsAnyExcept(SchemeCharacters);

    /// <summary>What a statement may hold: reserved and unreserved characters and spaces; no line break, no percent.</summary>
    public static bool IsStatement(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(StatementCharacters);

    /// <summary>Any number of <c>pchar</c>, none too.</summary>
    public static bool IsSegment(ReadOnlySpan<char> text) => IsOf(text, SegmentCharacters);

    /// <summary><c>URI</c>: with a scheme, and with a fragment if it likes.</summary>
    public static bool IsUri(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        if (colon < 0 || !IsScheme(text[..colon])) return false;
        var rest = text[(colon + 1)..];
        var fragment = CutAt(ref rest, '#');
        var query = CutAt(ref rest, '?');
        return IsOf(fragment, QueryCharacters) && IsOf(query, QueryCharacters) && IsHierarchy(rest);
    }

    /// <summary><c>authority</c>: a host, with user and port if it likes.</summary>
    public static bool IsAuthority(ReadOnlySpan<char> text)
    {
        // Neither a user nor a host can hold an @, so the first is the only one.
        var at = text.IndexOf('@');
        if (at >= 0 && !IsOf(text[..at], UserCharacters)) return false;
        var host = text[(at + 1)..];
        var bracket = host.StartsWith('[') ? host.IndexOf(']') : -1;
        if (host.StartsWith('[') && bracket < 0) return false;
        var colon = host[(bracket + 1)..].IndexOf(':');
        if (colon >= 0)
        {
            var port = host[(bracket + 1 + colon + 1)..];
            if (port.ContainsAnyExceptInRange('0', '9')) return false;
            host = host[..(bracket + 1 + colon)];
        }

        if (bracket < 0) return IsOf(host, NameCharacters);
        return bracket == host.Length - 1 && IsLiteral(host[1..^1]);
    }

    private static bool IsHierarchy(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("//")) return IsOf(text, PathCharacters);
        text = text[2..];
        var slash = text.IndexOf('/');
        var authority = slash < 0 ? text : text[..slash];
        return IsAuthority(authority) && (slash < 0 || IsOf(text[slash..], PathCharacters));
    }

    private static bool IsLiteral(ReadOnlySpan<char> text)
    {
        if (text.Length > 0 && text[0] is 'v' or 'V')
        {
            var dot = text.IndexOf('.');
            return dot > 1 && !text[1..dot].ContainsAnyExcept(HexDigits) && dot + 1 < text.Length
                && !text[(dot + 1)..].ContainsAnyExcept(FutureCharacters);
        }

        return !text.ContainsAnyExcept(IPv6Characters) && IsDotted(text)
            && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    // The end of an IPv6 address may be an IPv4 one, of four decimal numbers without leading zeros.
    private static bool IsDotted(ReadOnlySpan<char> text)
    {
        if (!text.Contains('.')) return text.Contains(':');
        var last = text[(text.LastIndexOf(':') + 1)..];
        var numbers = 0;
        foreach (var part in last.Split('.'))
        {
            var number = last[part];
            if (++numbers > 4 || number.Length is < 1 or > 3 || number.ContainsAnyExceptInRange('0', '9')
                || (number.Length > 1 && number[0] == '0') || int.Parse(number) > 255)
                return false;
        }

        return numbers == 4;
    }

    /// <summary>Takes off what begins with the first such character, and returns what follows that.</summary>
    private static ReadOnlySpan<char> CutAt(ref ReadOnlySpan<char> text, char at)
    {
        var place = text.IndexOf(at);
        if (place < 0) return [];
        var after = text[(place + 1)..];
        text = text[..place];
        return after;
    }

    /// <summary>These characters, and percent signs with two hexadecimal digits behind each.</summary>
    private static bool IsOf(ReadOnlySpan<char> text, SearchValues<char> characters)
    {
        while (true)
        {
            var other = text.IndexOfAnyExcept(characters);
            if (other < 0) return true;
            if (text[other] != '%' || text.Length < other + 3
                || !char.IsAsciiHexDigit(text[other + 1]) || !char.IsAsciiHexDigit(text[other + 2]))
                return false;
            text = text[(other + 3)..];
        }
    }
}
