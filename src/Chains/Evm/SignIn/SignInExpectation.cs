using Sluice.Kernel;

namespace Sluice.Chains.Evm.SignIn;

/// <summary>What a sign-in message must say for it to be taken: it was asked for here, now and for this one sign-in.</summary>
public sealed record SignInExpectation
{
    private static readonly Dictionary<string, string> DefaultPorts =
        new(StringComparer.OrdinalIgnoreCase) { ["https"] = ":443", ["http"] = ":80" };

    /// <summary>The scheme under which people reach this installation, such as <c>https</c>.</summary>
    public required string Scheme { get; init; }

    /// <summary>Host and port under which people reach this installation; the scheme's own port may be left out.</summary>
    public required string Domain { get; init; }

    /// <summary>What people sign in to, letter by letter.</summary>
    public required string Uri { get; init; }

    /// <summary>The nonce that was given out for this sign-in; that it was not used before is for the caller to see to.</summary>
    public required string Nonce { get; init; }

    /// <summary>Chains whose contracts can be asked; empty takes any.</summary>
    public IReadOnlyCollection<ulong> ChainIds { get; init; } = [];

    /// <summary>How far the clocks of people may be off, either way. One minute if not set.</summary>
    public TimeSpan Skew { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long ago a message may have been issued, whatever it says of its end. Ten minutes if not set.</summary>
    public TimeSpan AgeMax { get; init; } = TimeSpan.FromMinutes(10);

    internal Refusal? Judge(SignInMessage message, DateTimeOffset now)
    {
        if (!SameDomain(message))
        {
            return new Refusal(
                "wallet.domain-foreign", $"The message is for another site than {Scheme}://{Domain}; sign in from there.", 401);
        }

        if (message.Uri != Uri)
            return new Refusal("wallet.uri-foreign", $"The message signs in to another address than {Uri}.", 401);
        if (message.Nonce != Nonce)
            return new Refusal("wallet.nonce-foreign", "The message carries another nonce; begin to sign in anew.", 401);
        if (ChainIds.Count > 0 && !ChainIds.Contains(message.ChainId))
        {
            var known = string.Join(", ", ChainIds);
            return new Refusal("wallet.chain-foreign", $"Chain {message.ChainId} is not known here; known are: {known}.", 401);
        }

        return JudgeTime(message, now);
    }

    private Refusal? JudgeTime(SignInMessage message, DateTimeOffset now)
    {
        if (message.IssuedAt > now + Skew)
        {
            return new Refusal(
                "wallet.message-early", "The message was issued in the future; check the clock of the device.", 401);
        }

        if (message.NotBefore > now + Skew)
            return new Refusal("wallet.message-early", "The message is not valid yet.", 401);
        if (message.ExpirationTime <= now - Skew)
            return new Refusal("wallet.message-expired", "The message has expired; begin to sign in anew.", 401);
        return message.IssuedAt < now - AgeMax - Skew
            ? new Refusal("wallet.message-expired", "The message was issued too long ago; begin to sign in anew.", 401)
            : null;
    }

    private bool SameDomain(SignInMessage message) =>
        string.Equals(message.Scheme ?? Scheme, Scheme, StringComparison.OrdinalIgnoreCase)
        && string.Equals(WithoutPort(message.Domain), WithoutPort(Domain), StringComparison.OrdinalIgnoreCase);

    private string WithoutPort(string domain) =>
        DefaultPorts.TryGetValue(Scheme, out var port) && domain.EndsWith(port, StringComparison.Ordinal)
            ? domain[..^port.Length]
            : domain;
}
