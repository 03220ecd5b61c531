namespace Sluice.Gateway.Snapshot;

/// <summary>
/// A service as the data plane is told of it, credentials resolved. Units are compute units, sizes bytes, times
/// milliseconds. Immutable: a change is a new snapshot.
/// </summary>
public sealed record ServiceConfig
{
    public required string Name { get; init; }
    public bool JsonRpc { get; init; } = true;
    public bool Enabled { get; init; } = true;
    public int PriceVersion { get; init; } = 1;
    public long DefaultUnits { get; init; } = 1;
    public IReadOnlyDictionary<string, long> MethodUnits { get; init; } = new Dictionary<string, long>();
    public bool UnlistedAllowed { get; init; } = true;
    public bool Durable { get; init; }
    /// <summary>Whether a plain HTTP upstream's 4xx is billed.</summary>
    public bool BillClientErrors { get; init; } = true;
    public long MessageUpUnits { get; init; } = 1;
    public long MessageDownUnits { get; init; }
    public long PushUnits { get; init; } = 1;
    /// <summary>How long answers of a JSON-RPC method may be given out again, milliseconds; others are not kept.</summary>
    public IReadOnlyDictionary<string, int> KeepMs { get; init; } = new Dictionary<string, int>();
    public int BatchMax { get; init; } = 100;
    public int DepthMax { get; init; } = 64;
    public long RequestBytesMax { get; init; } = 1024 * 1024;
    public long ResponseBytesMax { get; init; } = 64L * 1024 * 1024;
    public int ConnectTimeoutMs { get; init; } = 3_000;
    public int TimeoutMs { get; init; } = 30_000;
    public int IdleTimeoutMs { get; init; } = 300_000;
    public int AttemptsMax { get; init; } = 3;
    public int SocketMessageBytesMax { get; init; } = 1024 * 1024;
    public int SubscriptionsMax { get; init; } = 100;
    public ProbeKind Probe { get; init; }
    /// <summary>What the probe's chain id must be; null accepts any.</summary>
    public string? ChainId { get; init; }
    public IReadOnlyList<UpstreamConfig> Upstreams { get; init; } = [];
}

/// <summary>How a service's upstreams are asked whether they are well.</summary>
public enum ProbeKind
{
    /// <summary>Not at all: only the traffic tells.</summary>
    None,
    /// <summary><c>eth_chainId</c> and <c>eth_blockNumber</c>.</summary>
    Evm,
    /// <summary><c>getGenesisHash</c> and <c>getSlot</c>.</summary>
    Solana,
}

/// <summary>One upstream, addressed: the kind of upstream is already in its URL and headers.</summary>
/// <param name="Name">Stands in metrics and records.</param>
/// <param name="Url">Where requests go; a plain HTTP service's path is appended.</param>
/// <param name="SocketUrl">Where sockets go.</param>
/// <param name="Headers">Added to every request: credentials, <c>Target-Service-Id</c>.</param>
/// <param name="ConcurrencyMax">Calls under way at once.</param>
public sealed record UpstreamConfig(
    string Name, Uri Url, Uri SocketUrl, IReadOnlyList<KeyValuePair<string, string>> Headers, int ConcurrencyMax = 1024)
{
    /// <summary>Equal by content, so that an unchanged upstream keeps its connections and its health.</summary>
    public bool Equals(UpstreamConfig? other) =>
        other is not null && Name == other.Name && Url == other.Url && SocketUrl == other.SocketUrl
        && ConcurrencyMax == other.ConcurrencyMax && Headers.SequenceEqual(other.Headers);

    public override int GetHashCode() => HashCode.Combine(Name, Url, SocketUrl);
}
