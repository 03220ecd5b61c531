namespace Sluice.Platform.Tenants;

/// <summary>Signing in with a wallet. Section <c>Wallets</c>.</summary>
public sealed class WalletsOptions
{
    /// <summary>Whether people may sign in, sign up and prove themselves with a wallet. Default true.</summary>
    public bool Offered { get; set; } = true;

    /// <summary>
    /// Chain ids (EIP-155) that a message may name. Default none, which is every chain; a wallet that is a contract is asked on
    /// its own chain, for which the catalog must have a service.
    /// </summary>
    public IList<ulong> Chains { get; } = [];
}
