using System.Diagnostics;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway;

/// <summary>One call of an exchange: what is admitted, held, routed and metered. Pooled with its exchange.</summary>
internal sealed class Entry
{
    /// <summary>Place in the batch or on the socket; -1 for a single call.</summary>
    public int Index = -1;
    public Method? Method;
    /// <summary>What the call costs if it is billed.</summary>
    public long Units;
    public RecordFlags Flags;

    /// <summary>When the call was admitted; 0 means with its exchange.</summary>
    public long StartedMicros;
    public long StartedTicks;

    // Admit and Hold.
    public Refused Refused;
    /// <summary>Quotas that hold <see cref="Units"/> for this call, by the number of their scope's bit.</summary>
    public readonly QuotaMeter?[] Held = new QuotaMeter?[6];
    public QuotaScopes Quotas;
    /// <summary>Whether <see cref="Units"/> are held in all of them: each hold is settled once.</summary>
    public bool Holding;

    // Recall.
    /// <summary>What others wait for: this call must end it. Null where it leads nobody.</summary>
    public KeptAnswer? Leads;
    /// <summary>Time of the service's time-out that went by in waiting for another call.</summary>
    public int WaitedMs;

    // Route.
    public readonly UpstreamAnswer Answer = new();
    /// <summary>The request as it is sent, where that is not a part of the exchange's body.</summary>
    public readonly ByteBuffer Sent = new();
    public Upstream? Upstream;
    public ushort UpstreamCalls;
    public uint UpstreamMicros;
    public Outcome Outcome;
    public int RpcErrorCode;
    /// <summary>Where the answer's id stands; the client's own is put there. Length 0: there is none.</summary>
    public int AnswerIdStart;
    public int AnswerIdLength;
    /// <summary>Whether the answer's result is null.</summary>
    public bool NullResult;

    // Meter.
    /// <summary>Set where the service's choices make a good answer free.</summary>
    public bool Free;
    public ushort Status;
    public long BytesUp;
    public long BytesDown;
    /// <summary>What checkpoints of this call have recorded already.</summary>
    public Recorded Recorded;
    public UInt128 RequestDigest;
    public UInt128 AnswerDigest;

    public void Clear()
    {
        Index = -1;
        Method = null;
        Units = 0;
        Flags = RecordFlags.None;
        StartedMicros = StartedTicks = 0;
        Refused = default;
        if (Quotas != QuotaScopes.None) Array.Clear(Held);
        Quotas = QuotaScopes.None;
        Holding = false;
        Debug.Assert(Leads is null, "Whoever waits for this call would wait in vain.");
        Leads = null;
        WaitedMs = 0;
        Answer.Clear();
        Answer.Body.Reset();
        Sent.Reset();
        Upstream = null;
        UpstreamCalls = 0;
        UpstreamMicros = 0;
        Outcome = Outcome.Answered;
        RpcErrorCode = 0;
        AnswerIdStart = AnswerIdLength = 0;
        NullResult = false;
        Free = false;
        Status = 0;
        Recorded = default;
        BytesUp = BytesDown = 0;
        RequestDigest = AnswerDigest = 0;
    }
}

/// <summary>The part of a long call that stands in the journal before its end.</summary>
internal record struct Recorded(bool Begun, long Units, long BytesUp, long BytesDown);
