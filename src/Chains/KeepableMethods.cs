namespace Sluice.Chains;

/// <summary>
/// Which JSON-RPC methods may have their answers kept and given to others. An answer that belongs to one asker, that uses
/// something up, or that stands for a deed may not, however short the time.
/// </summary>
public static class KeepableMethods
{
    // Parts of the node's own interface that steer it.
    private static readonly string[] Steering =
        ["personal_", "admin_", "miner_", "anvil_", "hardhat_", "evm_", "engine_", "clique_", "txpool_"];

    /// <summary>Why answers of a method must never be kept, as the end of a sentence about it; null where they may.</summary>
    public static string? WhyNot(string method)
    {
        if (Array.Exists(Steering, prefix => method.StartsWith(prefix, StringComparison.Ordinal)))
            return "steers the node, or tells what changes with every call";
        if (method.Contains("subscribe", StringComparison.OrdinalIgnoreCase))
            return "belongs to one socket";
        var verb = method[(method.IndexOf('_', StringComparison.Ordinal) + 1)..];
        // trace_filter asks for what happened; filters in camel case are kept by the node, and reading one empties it.
        if (verb.Contains("Filter", StringComparison.Ordinal)) return "uses a filter that the node keeps for one asker";
        if (Begins(method, "broadcast") || Begins(verb, "send") || Begins(verb, "broadcast") || Begins(verb, "submit")
            || verb.Contains("sign", StringComparison.Ordinal) && method.StartsWith("eth_", StringComparison.Ordinal)
            || method is "requestAirdrop" or "check_tx" or "eth_fillTransaction")
            return "sends or signs something";
        if (verb.Length > 3 && verb.StartsWith("set", StringComparison.Ordinal) && char.IsAsciiLetterUpper(verb[3]))
            return "changes something";
        if (method is "eth_getTransactionCount" or "eth_pendingTransactions" or "eth_getWork" or "getblocktemplate"
            || method.Contains("nonce", StringComparison.OrdinalIgnoreCase))
            return "tells what the next transaction needs, and an old answer breaks it";
        return null;
    }

    private static bool Begins(string text, string with) => text.StartsWith(with, StringComparison.OrdinalIgnoreCase);
}
