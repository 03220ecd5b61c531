using System.Text;

namespace Sluice.Gateway.Rules;

/// <summary>
/// The members an object may have. Exact names alone: nodes exist that read <c>TO</c> as <c>to</c>, so a member that is
/// not here is refused rather than ignored.
/// </summary>
/// <param name="Required">Bits of the members that must be there.</param>
internal sealed record ObjectShape((byte[] Name, Shape Shape)[] Members, ulong Required)
{
    public static readonly ObjectShape Block = Of(0,
        ("blockNumber", Shape.Scalar), ("blockHash", Shape.Scalar), ("requireCanonical", Shape.Scalar));

    /// <summary>`from` is who calls, not what is called.</summary>
    public static readonly ObjectShape Transaction = Of(1,
        ("to", Shape.Receiver), ("data", Shape.Scalar), ("input", Shape.Scalar), ("from", Shape.Scalar),
        ("value", Shape.Scalar), ("gas", Shape.Scalar), ("gasPrice", Shape.Scalar), ("maxFeePerGas", Shape.Scalar),
        ("maxPriorityFeePerGas", Shape.Scalar), ("nonce", Shape.Scalar), ("type", Shape.Scalar),
        ("chainId", Shape.Scalar), ("accessList", Shape.AccessList), ("authorizationList", Shape.Authorizations),
        ("maxFeePerBlobGas", Shape.Scalar), ("blobVersionedHashes", Shape.Scalars), ("blobs", Shape.Scalars),
        ("commitments", Shape.Scalars), ("proofs", Shape.Scalars));

    public static readonly ObjectShape AccessEntry = Of(1, ("address", Shape.Address), ("storageKeys", Shape.Scalars));

    public static readonly ObjectShape Authorization = Of(1,
        ("address", Shape.Address), ("chainId", Shape.Scalar), ("nonce", Shape.Scalar), ("yParity", Shape.Scalar),
        ("v", Shape.Scalar), ("r", Shape.Scalar), ("s", Shape.Scalar));

    public static readonly ObjectShape StateOverride = Of(0,
        ("balance", Shape.Scalar), ("nonce", Shape.Scalar), ("code", Shape.Code), ("state", Shape.Flat),
        ("stateDiff", Shape.Flat), ("movePrecompileToAddress", Shape.OptionalAddress));

    public static readonly ObjectShape BlockOverrides = Of(0,
        ("number", Shape.Scalar), ("time", Shape.Scalar), ("timestamp", Shape.Scalar), ("gasLimit", Shape.Scalar),
        ("difficulty", Shape.Scalar), ("random", Shape.Scalar), ("prevRandao", Shape.Scalar),
        ("baseFee", Shape.Scalar), ("baseFeePerGas", Shape.Scalar), ("blobBaseFee", Shape.Scalar),
        ("beaconRoot", Shape.Scalar), ("blockHash", Shape.Flat), ("coinbase", Shape.OptionalAddress),
        ("feeRecipient", Shape.OptionalAddress));

    public static readonly ObjectShape LogFilter = Of(1,
        ("address", Shape.Addresses), ("topics", Shape.Scalars), ("fromBlock", Shape.Scalar),
        ("toBlock", Shape.Scalar), ("blockHash", Shape.Scalar));

    public static readonly ObjectShape TraceFilter = Of(0,
        ("fromAddress", Shape.Addresses), ("toAddress", Shape.Addresses), ("fromBlock", Shape.Scalar),
        ("toBlock", Shape.Scalar), ("after", Shape.Scalar), ("count", Shape.Scalar), ("mode", Shape.Scalar));

    public static readonly ObjectShape TraceSettings = Of(0,
        ("tracer", Shape.Tracer), ("tracerConfig", Shape.Flat), ("timeout", Shape.Scalar), ("reexec", Shape.Scalar),
        ("stateOverrides", Shape.StateOverrides), ("blockOverrides", Shape.BlockOverrides), ("txIndex", Shape.Scalar),
        ("enableMemory", Shape.Scalar), ("disableMemory", Shape.Scalar), ("disableStack", Shape.Scalar),
        ("disableStorage", Shape.Scalar), ("enableReturnData", Shape.Scalar), ("disableReturnData", Shape.Scalar),
        ("debug", Shape.Scalar), ("limit", Shape.Scalar));

    public static readonly ObjectShape Bundle = Of(1,
        ("transactions", Shape.Transactions), ("blockOverride", Shape.BlockOverrides));

    public static readonly ObjectShape Simulation = Of(1,
        ("blockStateCalls", Shape.SimulatedBlocks), ("traceTransfers", Shape.Scalar), ("validation", Shape.Scalar),
        ("returnFullTransactions", Shape.Scalar));

    public static readonly ObjectShape SimulatedBlock = Of(0,
        ("calls", Shape.Transactions), ("stateOverrides", Shape.StateOverrides),
        ("blockOverrides", Shape.BlockOverrides));

    private static ObjectShape Of(ulong required, params (string Name, Shape Shape)[] members) =>
        new(Array.ConvertAll(members, member => (Encoding.ASCII.GetBytes(member.Name), member.Shape)), required);
}
