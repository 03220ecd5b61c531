using System.Globalization;
using System.Text;
using Sluice.Kernel;

namespace Sluice.Chains.Evm.SignIn;

/// <summary>
/// A message of "Sign-In with Ethereum" (EIP-4361): what a person signs with a wallet to say who they are to whom, once and
/// for a while. The text is what is signed; this is what it says.
/// </summary>
public sealed record SignInMessage
{
    /// <summary>Characters of a message, at most.</summary>
    public const int TextMax = 8192;

    /// <summary>Characters of a nonce, at least.</summary>
    public const int NonceMin = 8;

    /// <summary>Of the page that asks, where the message names it; https is meant where it does not.</summary>
    public string? Scheme { get; init; }

    /// <summary>Host, and port where it is not that of the scheme, of the page that asks.</summary>
    public required string Domain { get; init; }

    /// <summary>Who signs.</summary>
    public required EvmAddress Address { get; init; }

    /// <summary>A sentence for the person, in ASCII without line breaks or percent signs; null where there is none.</summary>
    public string? Statement { get; init; }

    /// <summary>What the person signs in to.</summary>
    public required string Uri { get; init; }

    /// <summary>The chain (EIP-155) on which a contract is asked for its signature.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>A random text that only the asking side could know, letters and digits: each is good for one sign-in.</summary>
    public required string Nonce { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>From then on the message is worth nothing.</summary>
    public DateTimeOffset? ExpirationTime { get; init; }

    /// <summary>Before that the message is worth nothing.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public string? RequestId { get; init; }

    /// <summary>URIs; null where the message has no such list.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>
    /// Reads a message by the grammar of the standard, and nothing else: who is refused learns which line is at fault. The
    /// address carries its checksum (EIP-55).
    /// </summary>
    public static Result<SignInMessage> Parse(string text) => new SignInReader(text).Read();

    /// <summary>The text to sign. Refused where the parts do not fit the standard and would be read as something else.</summary>
    public Result<string> Compose()
    {
        var text = ToString();
        var read = Parse(text);
        if (!read.Ok) return read.Refusal;
        return read.Value == this
            ? text
            : SignInReader.Malformed("The parts of the message would be read as others: one of them holds a line break.");
    }

    /// <summary>
    /// Judges what the message says against what was asked for; null where all is as it should be. Whether the signature
    /// under it holds is asked elsewhere.
    /// </summary>
    public Refusal? Check(SignInExpectation expected, DateTimeOffset now) => expected.Judge(this, now);

    /// <summary>The text as the standard lays it out, whether the parts fit it or not.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Scheme is not null) text.Append(Scheme).Append("://");
        text.Append(Domain).Append(SignInReader.Asks).Append('\n').Append(Address.ToChecksum()).Append("\n\n");
        if (Statement is not null) text.Append(Statement).Append('\n');
        text.Append("\nURI: ").Append(Uri).Append("\nVersion: 1\nChain ID: ");
        text.Append(ChainId.ToString(CultureInfo.InvariantCulture)).Append("\nNonce: ").Append(Nonce);
        text.Append("\nIssued At: ").Append(TimeSyntax.Write(IssuedAt));
        if (ExpirationTime is { } expiration) text.Append("\nExpiration Time: ").Append(TimeSyntax.Write(expiration));
        if (NotBefore is { } notBefore) text.Append("\nNot Before: ").Append(TimeSyntax.Write(notBefore));
        if (RequestId is not null) text.Append("\nRequest ID: ").Append(RequestId);
        if (Resources is null) return text.ToString();
        text.Append("\nResources:");
        foreach (var resource in Resources) text.Append("\n- ").Append(resource);
        return text.ToString();
    }

    public bool Equals(SignInMessage? other) => other is not null
        && Scheme == other.Scheme && Domain == other.Domain && Address == other.Address && Statement == other.Statement
        && Uri == other.Uri && ChainId == other.ChainId && Nonce == other.Nonce && IssuedAt == other.IssuedAt
        && ExpirationTime == other.ExpirationTime && NotBefore == other.NotBefore && RequestId == other.RequestId
        && Resources is null == other.Resources is null
        && (Resources ?? []).SequenceEqual(other.Resources ?? [], StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Domain, Address, Uri, ChainId, Nonce, IssuedAt);
}
