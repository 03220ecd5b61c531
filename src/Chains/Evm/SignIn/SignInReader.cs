using System.Globalization;
using Sluice.Kernel;

namespace Sluice.Chains.Evm.SignIn;

/// <summary>
/// Reads the grammar of EIP-4361. No part of a message can hold a line break, so it is read line by line; the first fault is
/// told with its line. What the message says is never told back, for it may be anything.
/// </summary>
internal sealed class SignInReader(string text)
{
    public const string Asks = " wants you to sign in with your Ethereum account:";

    private readonly string[] _lines = text.Length > SignInMessage.TextMax ? [] : text.Split('\n');
    private int _next;
    private Refusal? _refusal;

    public static Refusal Malformed(string message) => Refusal.Invalid("wallet.message-invalid", message);

    public Result<SignInMessage> Read()
    {
        if (text.Length > SignInMessage.TextMax)
            return Malformed($"A sign-in message has at most {SignInMessage.TextMax} characters.");
        var domain = Domain(out var scheme);
        var address = Address();
        Blank();
        var statement = Statement();
        var uri = Field("URI: ", "a URI (RFC 3986)", UriSyntax.IsUri);
        Field("Version: ", "1, the only version", static value => value is "1");
        ulong chainId = 0;
        Field("Chain ID: ", "a number in decimal digits, of at most 64 bits", value => TryChainId(value, out chainId));
        var nonce = Field("Nonce: ", $"{SignInMessage.NonceMin} or more letters and digits", IsNonce);
        var issuedAt = Time("Issued At: ");
        var expiration = OptionalTime("Expiration Time: ");
        var notBefore = OptionalTime("Not Before: ");
        const string requestIdLabel = "Request ID: ";
        var requestId = Follows(requestIdLabel)
            ? Field(requestIdLabel, "characters of one segment of a path (RFC 3986)", UriSyntax.IsSegment)
            : null;
        var resources = Resources();
        if (_refusal is null && _next < _lines.Length)
        {
            Fault(
                _next,
                "is one too many: after Issued At come Expiration Time, Not Before, Request ID, Resources, in this order");
        }

        if (_refusal is not null) return _refusal;
        return new SignInMessage
        {
            Scheme = scheme,
            Domain = domain,
            Address = address,
            Statement = statement,
            Uri = uri,
            ChainId = chainId,
            Nonce = nonce,
            IssuedAt = issuedAt,
            ExpirationTime = expiration,
            NotBefore = notBefore,
            RequestId = requestId,
            Resources = resources,
        };
    }

    private string Domain(out string? scheme)
    {
        scheme = null;
        var line = Line();
        if (!line.EndsWith(Asks, StringComparison.Ordinal))
        {
            Fault(0, $"must end with \"{Asks.TrimStart()}\"");
            return "";
        }

        var domain = line[..^Asks.Length];
        // A domain cannot hold a slash, so these are the end of a scheme.
        var end = domain.IndexOf("://", StringComparison.Ordinal);
        if (end >= 0)
        {
            scheme = domain[..end];
            domain = domain[(end + "://".Length)..];
            if (!UriSyntax.IsScheme(scheme)) Fault(0, "must begin with a scheme (RFC 3986) where it has \"://\"");
        }

        if (domain == "" || !UriSyntax.IsAuthority(domain)) Fault(0, "must name a domain (an authority of RFC 3986)");
        return domain;
    }

    private EvmAddress Address()
    {
        var line = Line();
        if (!EvmAddress.TryParse(line, out var address) || line != address.ToChecksum())
            Fault(_next - 1, "must be an address, 0x and 40 hexadecimal digits, with the checksum of EIP-55");
        return address;
    }

    private void Blank()
    {
        if (Line() != "") Fault(_next - 1, "must be empty");
    }

    // Two empty lines are no statement, three are an empty one.
    private string? Statement()
    {
        if (Peek(_next) == "" && Peek(_next + 1) != "")
        {
            _next++;
            return null;
        }

        var statement = Line();
        if (!UriSyntax.IsStatement(statement))
        {
            Fault(
                _next - 1,
                "holds what a statement may not: it has ASCII letters, digits, spaces and -._~:/?#[]@!$&'()*+,;= alone");
        }

        Blank();
        return statement;
    }

    private delegate bool Rule(ReadOnlySpan<char> value);

    private string Field(string label, string what, Rule holds)
    {
        var line = Line();
        if (!line.StartsWith(label, StringComparison.Ordinal))
        {
            Fault(_next - 1, $"must begin with \"{label}\"");
            return "";
        }

        var value = line[label.Length..];
        if (!holds(value)) Fault(_next - 1, $"must say after \"{label}\" {what}");
        return value;
    }

    private DateTimeOffset Time(string label)
    {
        DateTimeOffset time = default;
        Field(label, "a time (RFC 3339), such as 2026-01-31T12:00:00Z", value => TimeSyntax.TryRead(value, out time));
        return time;
    }

    private DateTimeOffset? OptionalTime(string label) => Follows(label) ? Time(label) : null;

    private List<string>? Resources()
    {
        if (Peek(_next) != "Resources:") return null;
        _next++;
        var resources = new List<string>();
        while (_next < _lines.Length && _refusal is null)
            resources.Add(Field("- ", "a URI (RFC 3986)", UriSyntax.IsUri));
        return resources;
    }

    private static bool IsNonce(ReadOnlySpan<char> value)
    {
        foreach (var c in value)
            if (!char.IsAsciiLetterOrDigit(c)) return false;
        return value.Length >= SignInMessage.NonceMin;
    }

    private static bool TryChainId(ReadOnlySpan<char> value, out ulong chainId) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out chainId);

    private bool Follows(string label) => Peek(_next) is { } line && line.StartsWith(label, StringComparison.Ordinal);

    private string? Peek(int at) => at < _lines.Length ? _lines[at] : null;

    private string Line()
    {
        if (_next < _lines.Length) return _lines[_next++];
        // The first that is missing is told; those after it are too.
        _refusal ??= Malformed($"The message ends after line {_lines.Length}; EIP-4361 says what it holds.");
        _next++;
        return "";
    }

    private void Fault(int line, string what) => _refusal ??= Malformed($"Line {line + 1} of the message {what} (EIP-4361).");
}
