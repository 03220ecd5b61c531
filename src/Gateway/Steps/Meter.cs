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
    // Kept, since most of what a short hash costs is the making of its state.
    [ThreadStatic] private static IncrementalHash? _sha256;

    /// <summary>
    /// Records an entry that was routed. False when the journal has no room: then the answer must not leave.
    /// </summary>
    public bool Run(Exchange x, Entry e)
    {
        var billed = !e.Free && e.Outcome is (Outcome.Answered or Outcome.CallerError or Outcome.Broken);
        // What a checkpoint recorded as delivered stays so.
        var quantity = billed ? e.Units : e.Recorded.Units;
        if (e.Status == 0) e.Status = (ushort)(e.Refused.Yes ? e.Refused.Error.Status : 200);
        var record = Record(x, e, quantity - e.Recorded.Units, billed);
        if (!journal.TryAppend(record))
        {
            Hold.Settle(e, e.Recorded.Units);
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

    /// <summary>
    /// Records what a long call has delivered so far, so that a crash loses little of it: the price with the first
    /// checkpoint, then only bytes. The call itself is counted by the record that ends it.
    /// </summary>
    public bool Checkpoint(Exchange x, Entry e)
    {
        var units = e.Recorded.Begun || e.Free ? 0 : e.Units;
        var record = Record(x, e, units, billed: !e.Free) with
        {
            Kind = RecordKind.Checkpoint,
            Count = 0,
            UpstreamCalls = 0,
            LatencyMicros = 0,
            UpstreamLatencyMicros = 0,
        };
        // Units belong to the day of the admission; bytes to the time at which they flowed.
        if (e.Recorded.Begun)
            record.AtMicros = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        if (!journal.TryAppend(record)) return false;
        e.Recorded = new Recorded(true, e.Recorded.Units + units, e.BytesUp, e.BytesDown);
        return true;
    }

    /// <summary>First half of SHA-256, for receipts.</summary>
    public static UInt128 Digest(ReadOnlySpan<byte> bytes)
    {
        var sha256 = _sha256 ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        sha256.AppendData(bytes);
        sha256.GetHashAndReset(hash);
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
            BytesUp = e.BytesUp - e.Recorded.BytesUp,
            BytesDown = e.BytesDown - e.Recorded.BytesDown,
            LatencyMicros = (uint)Math.Min(time.GetElapsedTime(ticks).TotalMicroseconds, uint.MaxValue),
            UpstreamLatencyMicros = e.UpstreamMicros,
            RequestId = x.RequestId,
            RequestDigest = e.RequestDigest,
            AnswerDigest = e.AnswerDigest,
            RpcErrorCode = e.RpcErrorCode,
        };
    }
}
