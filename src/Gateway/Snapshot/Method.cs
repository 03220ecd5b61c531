using Sluice.Chains;

namespace Sluice.Gateway.Snapshot;

/// <summary>A method (or HTTP verb) of a service: what it costs and how it is named in the journal.</summary>
internal sealed class Method(string name, uint journalName, long units, bool listed, int keepMs = 0)
{
    public string Name { get; } = name;
    public uint JournalName { get; } = journalName;
    public long Units { get; } = units;

    /// <summary>Whether the catalog prices it by name.</summary>
    public bool Listed { get; } = listed;

    /// <summary>Whether a second execution could do what one would not: such a call is never sent twice.</summary>
    public bool Repeatable { get; } = name != Other && !IsUnsafe(name);

    /// <summary>How long an answer may be given out again, milliseconds; 0: it may not.</summary>
    public int KeepMs { get; } = name != Other && !IsUnsafe(name) && KeepableMethods.WhyNot(name) is null ? keepMs : 0;

    /// <summary>Stands for all methods that are too many or too odd to be learned; what they do is not known.</summary>
    public const string Other = "(other)";

    // Methods with which the node itself signs or changes state. eth_sendRawTransaction and sendTransaction (Solana)
    // carry a signed transaction with its own nonce, so that sending it again is the same transaction.
    private static bool IsUnsafe(string name) =>
        name is "eth_sendTransaction" or "eth_sign" or "eth_signTransaction" or "requestAirdrop"
            or "eth_newFilter" or "eth_newBlockFilter" or "eth_newPendingTransactionFilter"
        || name.StartsWith("personal_", StringComparison.Ordinal)
        || name.StartsWith("admin_", StringComparison.Ordinal)
        || name.StartsWith("miner_", StringComparison.Ordinal)
        || name.StartsWith("anvil_", StringComparison.Ordinal)
        || name.StartsWith("hardhat_", StringComparison.Ordinal)
        || name.StartsWith("evm_", StringComparison.Ordinal);
}
