using System.Runtime.InteropServices;

namespace Sluice.Kernel.Journal;

/// <summary>
/// One slot of a journal segment, exactly as it stands on disk: 256 bytes, little endian. The first eight bytes
/// (commit word and CRC) belong to the appender and the reader. What a record means depends on its kind.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = JournalFormat.SlotBytes)]
public struct JournalRecord
{
    /// <summary>Written last: <see cref="JournalFormat.Committed"/> once the record is whole, 0 before.</summary>
    [FieldOffset(0)] public uint Commit;

    /// <summary>CRC-32C of bytes 8 to 255.</summary>
    [FieldOffset(4)] public uint Crc;

    [FieldOffset(8)] public byte FormatVersion;
    [FieldOffset(9)] public RecordKind Kind;
    [FieldOffset(10)] public RecordFlags Flags;

    /// <summary>Position in the journal, counted in slots from its first segment.</summary>
    [FieldOffset(16)] public long Sequence;

    /// <summary>When the call was admitted, microseconds since 1970 UTC. Periods of quotas follow this time.</summary>
    [FieldOffset(24)] public long AtMicros;

    [FieldOffset(32)] public Guid Organization;
    [FieldOffset(48)] public Guid App;
    [FieldOffset(64)] public Guid Key;

    /// <summary>Names are numbers here; dictionary records of the same segment say what they stand for.</summary>
    [FieldOffset(80)] public uint ServiceName;
    [FieldOffset(84)] public uint MethodName;
    [FieldOffset(88)] public uint UpstreamName;

    /// <summary>Place of the entry in its batch or socket, from 0; -1 for a single call.</summary>
    [FieldOffset(92)] public int BatchIndex;

    /// <summary>What <see cref="Quantity"/> counts.</summary>
    [FieldOffset(96)] public MeterKind Meter;

    /// <summary>Which quotas were charged with <see cref="Quantity"/>.</summary>
    [FieldOffset(97)] public QuotaScopes Quotas;

    /// <summary>HTTP status that the client was given for this entry.</summary>
    [FieldOffset(98)] public ushort Status;

    /// <summary>Calls made to upstreams for this entry: retries, hedges and split calls included.</summary>
    [FieldOffset(100)] public ushort UpstreamCalls;

    [FieldOffset(102)] public Outcome Outcome;

    /// <summary>Billed quantity in the meter's unit; 0 when the table of what counts says that it is free.</summary>
    [FieldOffset(104)] public long Quantity;

    /// <summary>Version of the service's prices that gave <see cref="Quantity"/>.</summary>
    [FieldOffset(112)] public int PriceVersion;

    /// <summary>How many alike events a summed record stands for (floods of refusals); 1 otherwise.</summary>
    [FieldOffset(116)] public int Count;

    /// <summary>Bytes of the answer and of the request, as the client saw them, without headers.</summary>
    [FieldOffset(120)] public long BytesUp;
    [FieldOffset(128)] public long BytesDown;

    [FieldOffset(136)] public uint LatencyMicros;
    [FieldOffset(140)] public uint UpstreamLatencyMicros;

    /// <summary>The request id that the answer carries in <c>X-Request-Id</c>.</summary>
    [FieldOffset(144)] public Guid RequestId;

    /// <summary>First 16 bytes of SHA-256 over the request entry and over the answer; zero where not taken.</summary>
    [FieldOffset(160)] public UInt128 RequestDigest;
    [FieldOffset(176)] public UInt128 AnswerDigest;

    /// <summary>JSON-RPC error code given to the client; 0 when there was none.</summary>
    [FieldOffset(192)] public int RpcErrorCode;
}

public enum RecordKind : byte
{
    /// <summary>A name and the number it goes by: see <see cref="DictionaryEntry"/>.</summary>
    Dictionary = 1,
    Usage = 2,
    /// <summary>Interim quantities of a long stream. A usage record on its own: later ones hold what came after.</summary>
    Checkpoint = 3,
}

[Flags]
public enum RecordFlags : byte
{
    None = 0,
    Cached = 1,
    Billed = 2,
    Notification = 4,
    /// <summary>The client was gone before the answer could be sent whole.</summary>
    ClientGone = 8,
    /// <summary>A message on a socket rather than an HTTP request.</summary>
    Socket = 16,
    /// <summary>A subscription's push or any other message from the upstream to the client.</summary>
    Push = 32,
}

/// <summary>What a quantity counts.</summary>
public enum MeterKind : byte
{
    Units = 0,
    Calls = 1,
    Bytes = 2,
    Seconds = 3,
}

/// <summary>The six quotas that one call can be charged against.</summary>
[Flags]
public enum QuotaScopes : byte
{
    None = 0,
    KeyDay = 1,
    KeyMonth = 2,
    AppDay = 4,
    AppMonth = 8,
    PlanDay = 16,
    PlanMonth = 32,
}

/// <summary>How an entry ended, and so whose fault it was.</summary>
public enum Outcome : byte
{
    Answered = 0,
    /// <summary>The caller's own error in a good answer: a revert, invalid parameters.</summary>
    CallerError = 1,
    /// <summary>The upstream failed: 5xx, timeout, truncated, wrong id, node-side error after retries.</summary>
    UpstreamFault = 2,
    /// <summary>Refused by the gateway (401 to 429, malformed requests).</summary>
    Refused = 3,
    /// <summary>The client hung up before the first byte.</summary>
    Abandoned = 4,
    /// <summary>A stream that the upstream broke: what was delivered counts.</summary>
    Broken = 5,
    /// <summary>The gateway itself failed.</summary>
    GatewayFault = 6,
}
