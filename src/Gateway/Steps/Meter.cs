using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Usage;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway.Steps;

/// <summary>
/// Settles the hold and appends the usage record, before the last byte of the answer leaves. What is billed follows
/// the table in docs/metering.md.
/// </summary>
internal sealed class Meter(UsageJournal journal, RelayMetrics metrics, GatewayOptions options, TimeProvider time)
{
    /// <summary>
    /// Records an entry that was routed. False when the journal has no room: then the answer must not leave.
    /// </summary>
    public bool Run(Exchange x, Entry e)
    {
        var billed = e.Outcome is Outcome.Answered or Outcome.CallerError or Outcome.Broken;
        var quantity = billed ? e.Units : 0;
        if (e.Status == 0) e.Status = (ushort)(e.Refused.Yes ? e.Refused.Error.Status : 200);
        var record = Record(x, e, quantity, billed);
        if (!journal.TryAppend(record))
        {
            Hold.Settle(e, 0);
            e.Outcome = Outcome.GatewayFault;
            e.Refused = new Refused(GatewayError.CannotMeter);
            e.Status = (ushort)GatewayError.CannotMeter.Status;
            metrics.Lost();
            return false;
        }
        Hold.Settle(e, quantity);
        metrics.Relayed(x.Service!, e.Method, e.Upstream, e.Status, record.LatencyMicros, record.UpstreamLatencyMicros);
        return true;
    }

    /// <summary>First half of SHA-256, for receipts.</summary>
    public static UInt128 Digest(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    public bool Digests => options.Digests;

    private JournalRecord Record(Exchange x, Entry e, long quantity, bool billed)
    {
        var caller = x.Caller!;
        var ticks = e.StartedTicks != 0 ? e.StartedTicks : x.StartedTicks;
        return new JournalRecord
        {
            Kind = RecordKind.Usage,
            Flags = e.Flags | (billed ? RecordFlags.Billed : RecordFlags.None),
            AtMicros = e.StartedMicros != 0 ? e.StartedMicros : x.StartedMicros,
            Organization = caller.App.Organization.Id,
            App = caller.App.Id,
            Key = caller.Key,
            ServiceName = x.Service!.JournalName,
            MethodName = e.Method?.JournalName ?? 0,
            UpstreamName = e.Upstream?.JournalName ?? 0,
            BatchIndex = e.Index,
            Meter = MeterKind.Units,
            Quotas = e.Quotas,
            Status = e.Status,
            UpstreamCalls = e.UpstreamCalls,
            Outcome = e.Outcome,
            Quantity = quantity,
            PriceVersion = x.Service.Config.PriceVersion,
            Count = 1,
            BytesUp = e.BytesUp,
            BytesDown = e.BytesDown,
            LatencyMicros = (uint)Math.Min(time.GetElapsedTime(ticks).TotalMicroseconds, uint.MaxValue),
            UpstreamLatencyMicros = e.UpstreamMicros,
            RequestId = x.RequestId,
            RequestDigest = e.RequestDigest,
            AnswerDigest = e.AnswerDigest,
            RpcErrorCode = e.RpcErrorCode,
        };
    }
}
