using Microsoft.AspNetCore.Http;
using Sluice.Gateway.JsonRpc;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;

namespace Sluice.Gateway;

/// <summary>
/// One HTTP request or one socket on its way through the steps. Each step writes its own part. Pooled: cleared between
/// uses, and never touched after it was given back.
/// </summary>
internal sealed class Exchange
{
    private const int EntriesKeptMax = 64;

    private Entry[] _entries = [new Entry()];

    public HttpContext Http = null!;

    // Begun.
    public Guid RequestId;
    public long StartedMicros;
    public long StartedTicks;

    // Resolve.
    public Service? Service;
    /// <summary>What follows the service's address, percent-encoded as sent, with its query: "" or "/…" or "?…".</summary>
    public string Rest = "";
    /// <summary>The key in the reserved path segment; null when there is none.</summary>
    public string? PathKey;

    // Identify.
    public Caller? Caller;

    // Admit, per exchange. The origin that the answer names; null when it has none or the origin may not read.
    public string? AllowedOrigin;

    // Read.
    public readonly ByteBuffer Body = new();
    public RpcRequest[] Requests = new RpcRequest[1];
    public int Count;
    public bool IsBatch;
    /// <summary>Read from the request once: entries run side by side, and the HTTP context is no place for that.</summary>
    public CancellationToken Aborted;

    /// <summary>Set when the whole exchange is refused.</summary>
    public Refused Refused;

    public Entry this[int index] => _entries[index];

    /// <summary>Hands over an entry to a call that outlives the message it came with.</summary>
    public Entry Take(int index)
    {
        var taken = _entries[index];
        _entries[index] = new Entry();
        return taken;
    }

    /// <summary>Makes sure that there are entries for all requests.</summary>
    public void GrowEntries()
    {
        if (_entries.Length >= Count) return;
        var before = _entries.Length;
        Array.Resize(ref _entries, Math.Max(Count, before * 2));
        for (var i = before; i < _entries.Length; i++) _entries[i] = new Entry();
    }

    public void Begin(HttpContext http, TimeProvider time)
    {
        Http = http;
        StartedTicks = time.GetTimestamp();
        StartedMicros = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        RequestId = RequestIds.Next(StartedMicros / 1000);
    }

    public void Clear()
    {
        Aborted = default;
        for (var i = 0; i < Math.Max(1, Count) && i < _entries.Length; i++) _entries[i].Clear();
        if (_entries.Length > EntriesKeptMax) _entries = [new Entry()];
        if (Requests.Length > EntriesKeptMax) Requests = new RpcRequest[1];
        Http = null!;
        Service = null;
        Rest = "";
        PathKey = null;
        Caller = null;
        AllowedOrigin = null;
        Body.Reset();
        Count = 0;
        IsBatch = false;
        Refused = default;
    }
}
