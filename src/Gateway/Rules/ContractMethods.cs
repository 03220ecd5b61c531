using System.Collections.Frozen;
using System.Text;

namespace Sluice.Gateway.Rules;

/// <summary>What stands at one place of a call's params, as far as addresses go.</summary>
internal enum Shape : byte
{
    /// <summary>A string, number, boolean or null that is no address.</summary>
    Scalar,
    /// <summary>Scalars in arrays, however nested: topics, storage slots, trace types.</summary>
    Scalars,
    /// <summary>An object of scalars under any names: storage, a tracer's settings.</summary>
    Flat,
    /// <summary>A block's number, tag or hash, or the object of EIP-1898.</summary>
    Block,
    Address,
    OptionalAddress,
    /// <summary>One address or a list with at least one.</summary>
    Addresses,
    /// <summary>The receiver of a transaction: without one it creates a contract.</summary>
    Receiver,
    Transaction,
    Transactions,
    AccessList,
    AccessEntry,
    Authorizations,
    Authorization,
    StateOverrides,
    StateOverride,
    BlockOverrides,
    LogFilter,
    TraceFilter,
    TraceSettings,
    Tracer,
    /// <summary>Code that would run instead of a contract's own.</summary>
    Code,
    RawTransaction,
    /// <summary>eth_callMany: transactions of one block.</summary>
    Bundle,
    Bundles,
    /// <summary>eth_simulateV1: its options, and the calls of one block.</summary>
    Simulation,
    SimulatedBlock,
    SimulatedBlocks,
    /// <summary>trace_callMany: pairs of a transaction and its trace types.</summary>
    TracedCall,
    TracedCalls,
}

/// <summary>The params of a method by position.</summary>
/// <param name="Required">How many may not be left out.</param>
/// <param name="NamesAddress">Refused when no address was found at all.</param>
internal sealed record ParamsShape(Shape[] Positions, int Required, bool NamesAddress = true);

/// <summary>
/// The methods that a contract rule knows. Without a shape: known to carry no address, passes with any params. What is
/// not here is refused. docs/rules.md lists them for users.
/// </summary>
internal static class ContractMethods
{
    private const int NameSizeMax = 64;

    public static readonly ParamsShape NoAddress = new([], 0, NamesAddress: false);
    public static readonly ParamsShape Subscribe = new([], 0);

    private static readonly ParamsShape Call = new(
        [Shape.Transaction, Shape.Block, Shape.StateOverrides, Shape.BlockOverrides], 1);
    private static readonly ParamsShape Send = new([Shape.Transaction], 1);
    private static readonly ParamsShape SendRaw = new([Shape.RawTransaction, Shape.Scalar], 1);
    private static readonly ParamsShape Logs = new([Shape.LogFilter], 1);
    private static readonly ParamsShape Account = new([Shape.Address, Shape.Block], 1);
    private static readonly ParamsShape Trace = new([Shape.Scalar, Shape.TraceSettings], 1, NamesAddress: false);

    private static readonly string[] WithoutAddress =
    [
        // The node and the chain.
        "eth_chainId", "eth_blockNumber", "eth_syncing", "eth_protocolVersion", "eth_config", "eth_mining",
        "eth_hashrate", "eth_coinbase", "eth_accounts", "net_version", "net_listening", "net_peerCount",
        "web3_clientVersion", "web3_sha3", "rpc_modules",
        // Fees.
        "eth_gasPrice", "eth_maxPriorityFeePerGas", "eth_feeHistory", "eth_blobBaseFee", "eth_baseFee",
        // Blocks and transactions by number, hash or index.
        "eth_getBlockByNumber", "eth_getBlockByHash", "eth_getHeaderByNumber", "eth_getHeaderByHash",
        "eth_getBlockReceipts", "eth_getBlockTransactionCountByNumber", "eth_getBlockTransactionCountByHash",
        "eth_getUncleByBlockNumberAndIndex", "eth_getUncleByBlockHashAndIndex",
        "eth_getUncleCountByBlockNumber", "eth_getUncleCountByBlockHash",
        "eth_getTransactionByHash", "eth_getTransactionReceipt",
        "eth_getTransactionByBlockNumberAndIndex", "eth_getTransactionByBlockHashAndIndex",
        "eth_getRawTransactionByHash", "eth_getRawTransactionByBlockNumberAndIndex",
        "eth_getRawTransactionByBlockHashAndIndex",
        "debug_getRawBlock", "debug_getRawHeader", "debug_getRawReceipts", "debug_getRawTransaction",
        "trace_block", "trace_transaction", "trace_get", "trace_replayTransaction", "trace_replayBlockTransactions",
        "txpool_status", "txpool_content", "txpool_inspect",
        // Filters and subscriptions: an id stands for what was checked when it was made.
        "eth_newBlockFilter", "eth_newPendingTransactionFilter", "eth_getFilterChanges", "eth_getFilterLogs",
        "eth_uninstallFilter", "eth_unsubscribe",
    ];

    private static readonly FrozenDictionary<string, ParamsShape> Shapes =
        new Dictionary<string, ParamsShape>(
            WithoutAddress.Select(name => KeyValuePair.Create(name, NoAddress)), StringComparer.Ordinal)
        {
            ["eth_subscribe"] = Subscribe,
            ["eth_call"] = Call,
            ["eth_estimateGas"] = Call,
            ["eth_createAccessList"] = Call,
            ["eth_sendTransaction"] = Send,
            ["eth_signTransaction"] = Send,
            ["eth_fillTransaction"] = Send,
            ["eth_sendRawTransaction"] = SendRaw,
            ["eth_sendRawTransactionSync"] = SendRaw,
            ["eth_getLogs"] = Logs,
            ["eth_newFilter"] = Logs,
            ["eth_getBalance"] = Account,
            ["eth_getTransactionCount"] = Account,
            ["eth_getCode"] = Account,
            ["eth_getAccount"] = Account,
            ["eth_getAccountInfo"] = Account,
            ["eth_getStorageAt"] = new([Shape.Address, Shape.Scalar, Shape.Block], 1),
            ["eth_getProof"] = new([Shape.Address, Shape.Scalars, Shape.Block], 1),
            ["txpool_contentFrom"] = new([Shape.Address], 1),
            ["eth_callMany"] = new([Shape.Bundles, Shape.Flat, Shape.StateOverrides, Shape.Scalar], 1),
            ["eth_simulateV1"] = new([Shape.Simulation, Shape.Block], 1),
            ["debug_traceCall"] = new([Shape.Transaction, Shape.Block, Shape.TraceSettings], 1),
            ["debug_traceCallMany"] = new([Shape.Bundles, Shape.Flat, Shape.TraceSettings], 1),
            ["debug_traceTransaction"] = Trace,
            ["debug_traceBlockByNumber"] = Trace,
            ["debug_traceBlockByHash"] = Trace,
            ["trace_call"] = new(
                [Shape.Transaction, Shape.Scalars, Shape.Block, Shape.StateOverrides, Shape.BlockOverrides], 1),
            ["trace_callMany"] = new([Shape.TracedCalls, Shape.Block], 1),
            ["trace_rawTransaction"] = new([Shape.RawTransaction, Shape.Scalars, Shape.Block], 1),
            ["trace_filter"] = new([Shape.TraceFilter], 1),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, ParamsShape>.AlternateLookup<ReadOnlySpan<char>> ByName =
        Shapes.GetAlternateLookup<ReadOnlySpan<char>>();

    public static IEnumerable<string> Names => Shapes.Keys;

    /// <summary>Null: not known.</summary>
    public static ParamsShape? Find(ReadOnlySpan<byte> method)
    {
        Span<char> name = stackalloc char[NameSizeMax];
        if (method.Length > NameSizeMax
            || Ascii.ToUtf16(method, name, out var length) != System.Buffers.OperationStatus.Done)
            return null;
        return ByName.TryGetValue(name[..length], out var shape) ? shape : null;
    }
}
