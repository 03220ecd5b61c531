namespace Sluice.Platform.Catalog;

/// <summary>
/// A service as the catalog describes it. Immutable once published: an import that changes anything publishes the
/// next version. Quantities are compute units; sizes are bytes; times are milliseconds.
/// </summary>
public sealed record ServiceDefinition
{
    /// <summary>The name in addresses: <c>[a-z0-9-]{2,40}</c>, none of the reserved names.</summary>
    public required string Name { get; init; }
    public required string Title { get; init; }
    public string? Description { get; init; }
    public ServiceProtocol Protocol { get; init; } = ServiceProtocol.JsonRpc;
    public ChainFamily Chain { get; init; } = ChainFamily.None;
    /// <summary>
    /// What <c>eth_chainId</c> (EVM, decimal) or <c>getGenesisHash</c> (Solana) must answer; null: not checked.
    /// </summary>
    public string? ChainId { get; init; }
    /// <summary>A service without an upstream is never enabled.</summary>
    public bool Enabled { get; init; }
    /// <summary>Raised by one with every published change; a usage record names it.</summary>
    public int Version { get; init; } = 1;
    public required MethodPrices Prices { get; init; }
    public ServiceLimits Limits { get; init; } = new();
    public BillingChoices Billing { get; init; } = new();
    /// <summary>Answers wait for the journal's fsync.</summary>
    public bool Durable { get; init; }
    public IReadOnlyList<CacheRule> Cache { get; init; } = [];
    public IReadOnlyList<UpstreamDefinition> Upstreams { get; init; } = [];
}

public enum ServiceProtocol { JsonRpc, Http }

public enum ChainFamily { None, Evm, Solana, Cosmos, Pocket, Near, Bitcoin }

/// <param name="DefaultUnits">Price of a method that is not listed, and of every call of a plain HTTP service.</param>
/// <param name="Methods">Compute units by method name; for plain HTTP by <c>VERB /path-prefix</c>.</param>
/// <param name="UnlistedAllowed">Whether a JSON-RPC method without a price may be called.</param>
public sealed record MethodPrices(long DefaultUnits, IReadOnlyDictionary<string, long> Methods, bool UnlistedAllowed = true);

public sealed record ServiceLimits
{
    public int BatchMax { get; init; } = 100;
    public int DepthMax { get; init; } = 64;
    public long RequestBytesMax { get; init; } = 1024 * 1024;
    public long ResponseBytesMax { get; init; } = 64L * 1024 * 1024;
    public int ConnectTimeoutMs { get; init; } = 3_000;
    /// <summary>From the request's first byte to the answer's last (JSON-RPC), to its headers (plain HTTP).</summary>
    public int TimeoutMs { get; init; } = 30_000;
    /// <summary>The longest silence inside a stream or on a socket.</summary>
    public int IdleTimeoutMs { get; init; } = 300_000;
    public int AttemptsMax { get; init; } = 3;
    public int SocketMessageBytesMax { get; init; } = 1024 * 1024;
    public int SubscriptionsMax { get; init; } = 100;
}

/// <summary>The rows of the meter's table that a service may choose.</summary>
public sealed record BillingChoices
{
    /// <summary>Whether a plain HTTP upstream's 4xx is billed.</summary>
    public bool ClientErrors { get; init; } = true;
    /// <summary>Units of a plain socket's message up. JSON-RPC messages up cost their method's price.</summary>
    public long MessageUpUnits { get; init; } = 1;
    /// <summary>Units of a plain socket's message down.</summary>
    public long MessageDownUnits { get; init; }
    /// <summary>Units of a subscription's push.</summary>
    public long PushUnits { get; init; } = 1;
}

/// <summary>
/// How old an answer of a JSON-RPC method may be when it is given out; <c>TtlMs</c> 0 says that none is kept.
/// <c>Method</c> is its whole name.
/// </summary>
public sealed record CacheRule(string Method, int TtlMs);

public enum UpstreamKind
{
    /// <summary>The URL takes the request as it is.</summary>
    Plain,
    /// <summary>POKT Gateway Kit: <c>{url}/relay/{chain}</c>.</summary>
    GatewayKit,
    /// <summary>PATH: <c>{url}/v1</c> with <c>Target-Service-Id</c>.</summary>
    Path,
}

/// <param name="Name">Unique in its service; stands in metrics and records, so it holds no secret.</param>
/// <param name="Url">http or https. May hold references, resolved by <see cref="ICatalog.Load"/>.</param>
/// <param name="SocketUrl">ws or wss; null derives it from <paramref name="Url"/>.</param>
/// <param name="Target">The chain of Gateway Kit, the service id of PATH.</param>
/// <param name="Headers">Sent with every request; values are usually references (<c>${env:…}</c>, <c>file:…</c>).</param>
/// <param name="ConcurrencyMax">Calls in flight to this upstream from one process, at most.</param>
public sealed record UpstreamDefinition(
    string Name, UpstreamKind Kind, string Url, string? SocketUrl, string? Target,
    IReadOnlyDictionary<string, string> Headers, int ConcurrencyMax = 1024);
