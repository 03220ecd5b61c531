namespace Sluice.Gateway.Upstreams;

/// <summary>What came back from one call to an upstream. Owned and reused by the entry that asked.</summary>
internal sealed class UpstreamAnswer
{
    /// <summary>HTTP status; 0 when no answer came.</summary>
    public int Status;
    public TransportFault Fault;
    public ContentCoding Coding;
    /// <summary>Whether the upstream's connection had answered before: a close without answer may be a stale one.</summary>
    public bool ConnectionReused;
    public readonly ByteBuffer Body = new();

    public void Clear()
    {
        Status = 0;
        Fault = TransportFault.None;
        Coding = ContentCoding.Identity;
        ConnectionReused = false;
        Body.Clear();
    }
}

/// <summary>Why no whole HTTP answer came.</summary>
internal enum TransportFault : byte
{
    None,
    /// <summary>No connection could be made.</summary>
    Connect,
    /// <summary>Time ran out.</summary>
    Timeout,
    /// <summary>Closed before the first byte of an answer.</summary>
    Closed,
    /// <summary>Closed in the middle of an answer.</summary>
    Truncated,
    /// <summary>Not HTTP.</summary>
    Malformed,
    /// <summary>Larger than the service allows.</summary>
    TooLarge,
    /// <summary>All connections to the upstream are busy.</summary>
    Busy,
}

internal enum ContentCoding : byte
{
    Identity,
    Gzip,
    Brotli,
    Unknown,
}
