namespace Sluice.Gateway.JsonRpc;

/// <summary>
/// Whose fault a node's error is. Nodes share no list, so this one is made of JSON-RPC 2.0, EIP-1474, EIP-1193, Solana's
/// custom errors, and of what the common clients say under -32000.
/// </summary>
internal static class RpcErrors
{
    // What nodes say under -32000 when the node, not the call, is the trouble.
    private static readonly string[] NodeWords =
    [
        "header not found", "block not found", "unknown block", "missing trie node", "not synced", "syncing", "behind",
        "rate limit", "too many requests", "capacity", "quota", "timeout", "timed out", "deadline exceeded",
        "unavailable", "try again", "internal error", "connection", "upstream", "overload", "database", "pruned",
        "state is not available", "state not available", "context canceled", "unauthorized", "forbidden",
    ];

    /// <summary>True when another node may answer what this one could not.</summary>
    public static bool IsNodeFault(int code, string message) => code switch
    {
        // Revert (geth), and EIP-1193's "user rejected" family: the caller's.
        3 or >= 1 => false,
        -32700 or -32600 or -32602 or -32601 => false,
        -32603 => !Says(message, "revert"),
        // EIP-1474: resource unavailable, limit exceeded. Solana: node behind, not available for a block.
        -32002 => !Says(message, "simulation failed"),
        -32001 or -32004 or -32005 or -32007 or -32009 or -32014 or -32016 => true,
        // Solana: signature verification, sanitizing and so on.
        -32003 or -32006 or -32010 or -32013 or -32015 => false,
        // EIP-1474: transaction rejected, not supported; the rest of the server range is told apart by its words.
        >= -32099 and <= -32000 => !Says(message, "revert") && Array.Exists(NodeWords, word => Says(message, word)),
        0 => true,
        _ => false,
    };

    private static bool Says(string message, string word) => message.Contains(word, StringComparison.OrdinalIgnoreCase);
}
