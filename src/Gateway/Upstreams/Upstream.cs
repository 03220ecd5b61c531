using Sluice.Gateway.Snapshot;

namespace Sluice.Gateway.Upstreams;

/// <summary>
/// One upstream with its connections and its health. Outlives snapshots for as long as its configuration is the same.
/// </summary>
internal sealed class Upstream(UpstreamConfig config, uint journalName, IUpstreamTransport transport) : IDisposable
{
    private const int FaultsToEject = 5;
    private const int EjectMs = 2_000;
    private const int EjectMsMax = 60_000;

    private int _inFlight;
    private int _faultsInRow;
    private int _ejections;
    private long _ejectedUntil;

    public UpstreamConfig Config { get; } = config;

    /// <summary>What must never stand in an answer.</summary>
    public Secrets Secrets { get; } = new(config);
    public string Name => Config.Name;
    public uint JournalName { get; } = journalName;
    public IUpstreamTransport Transport { get; } = transport;

    /// <summary>What plain HTTP and sockets go through; made when first needed.</summary>
    public required Lazy<HttpMessageInvoker> Forwarding { get; init; }

    /// <summary>What the last probe found; traffic alone speaks until there was one.</summary>
    public volatile ProbeResult Probe = ProbeResult.Unknown;

    public long Calls;
    public long Faults;

    public int InFlight => Volatile.Read(ref _inFlight);

    public bool IsEjected(long nowMs) => Volatile.Read(ref _ejectedUntil) > nowMs;

    public bool IsWell(long nowMs) => Probe.Usable && !IsEjected(nowMs);

    public void Begin()
    {
        Interlocked.Increment(ref _inFlight);
        Interlocked.Increment(ref Calls);
    }

    /// <summary>Ends a call. Several faults in a row put the upstream out, for longer each time.</summary>
    public void End(bool fault, long nowMs)
    {
        Interlocked.Decrement(ref _inFlight);
        if (!fault)
        {
            if (_faultsInRow != 0) Volatile.Write(ref _faultsInRow, 0);
            if (_ejections != 0 && !IsEjected(nowMs)) Volatile.Write(ref _ejections, 0);
            return;
        }
        Interlocked.Increment(ref Faults);
        if (Interlocked.Increment(ref _faultsInRow) < FaultsToEject) return;
        Volatile.Write(ref _faultsInRow, 0);
        var times = Math.Min(Interlocked.Increment(ref _ejections), 6);
        Volatile.Write(ref _ejectedUntil, nowMs + Math.Min((long)EjectMs << (times - 1), EjectMsMax));
    }

    public void Dispose()
    {
        Transport.Dispose();
        if (Forwarding.IsValueCreated) Forwarding.Value.Dispose();
    }
}

/// <summary>What a probe found out about an upstream.</summary>
internal sealed record ProbeResult(bool Usable, long Head, string Reason)
{
    public static readonly ProbeResult Unknown = new(true, 0, "not probed yet");
}
