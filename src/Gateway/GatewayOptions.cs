using System.ComponentModel.DataAnnotations;

namespace Sluice.Gateway;

/// <summary>Settings of the data plane: section <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>Host names under which <c>{service}.{host}</c> addresses a service. Default: localhost.</summary>
    public IList<string> Hosts { get; } = ["localhost"];

    /// <summary>Addresses or networks (CIDR) of proxies whose X-Forwarded-For is believed. Default: none.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>Entries of one batch that are sent to upstreams at the same time. Default: 8.</summary>
    [Range(1, 256)]
    public int BatchParallelism { get; set; } = 8;

    /// <summary>Whether requests and answers are digested into their usage records (SHA-256). Default: true.</summary>
    public bool Digests { get; set; } = true;

    /// <summary>Look-ups of unknown keys a second, over all callers. Default: 2.</summary>
    [Range(1, 1000)]
    public int KeyLookupsPerSecond { get; set; } = 2;

    /// <summary>How long a call waits for the lease of a quota, milliseconds. Default: 2,000.</summary>
    [Range(1, 60_000)]
    public int LeaseTimeoutMs { get; set; } = 2_000;

    /// <summary>Time between two health probes of an upstream, milliseconds; 0 probes never. Default: 10,000.</summary>
    [Range(0, 3_600_000)]
    public int ProbeIntervalMs { get; set; } = 10_000;

    /// <summary>Blocks or slots that an upstream may be behind the best of its service. Default: 25.</summary>
    [Range(0, 1_000_000)]
    public int HeadLagMax { get; set; } = 25;

    /// <summary>
    /// Time between two records of a stream under way, milliseconds: what a crash can lose of it. Default: 2,000.
    /// </summary>
    [Range(10, 3_600_000)]
    public int CheckpointIntervalMs { get; set; } = 2_000;

    /// <summary>Bytes after which a stream under way is recorded, whatever the time. Default: 16 MB.</summary>
    [Range(1, long.MaxValue)]
    public long CheckpointBytes { get; set; } = 16L * 1024 * 1024;

    /// <summary>Sockets open at once, over all keys. Default: 10,000.</summary>
    [Range(0, 1_000_000)]
    public int SocketsMax { get; set; } = 10_000;

    /// <summary>Sockets of one key open at once. Default: 200.</summary>
    [Range(0, 1_000_000)]
    public int SocketsPerKeyMax { get; set; } = 200;

    /// <summary>
    /// Time between two pings on a socket, milliseconds; a peer silent for as long again is dropped. Default: 20,000.
    /// </summary>
    [Range(100, 3_600_000)]
    public int SocketPingMs { get; set; } = 20_000;

    /// <summary>How long a shutdown waits for the answers that a socket still owes, milliseconds. Default: 5,000.</summary>
    [Range(0, 600_000)]
    public int SocketDrainMs { get; set; } = 5_000;

    /// <summary>
    /// Memory for answers of methods with a cache rule, bytes; 0 keeps none and joins no calls. Default: 64 MB.
    /// </summary>
    [Range(0, 1L << 40)]
    public long RecallBytesMax { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// The largest answer that is kept, bytes; a larger one is only given to calls that wait for it. Default: 256 KB.
    /// </summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int RecallAnswerBytesMax { get; set; } = 256 * 1024;

    /// <summary>
    /// The longest time in which a client may take nothing of its answer, milliseconds; then its connection is cut.
    /// Default: 30,000.
    /// </summary>
    [Range(100, 3_600_000)]
    public int ClientStallMs { get; set; } = 30_000;

    /// <summary>Refused calls of known keys that are recorded one by one, a second; more are summed. Default: 200.</summary>
    [Range(0, 100_000)]
    public int RefusalsRecordedPerSecond { get; set; } = 200;
}
