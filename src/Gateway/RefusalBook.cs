using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Usage;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Gateway;

/// <summary>
/// Records what the gateway refused, with zero units. Refusals of known callers are recorded one by one as long as
/// there are few; floods, and everything that came without a good key, go into the journal as sums.
/// </summary>
internal sealed partial class RefusalBook(
    UsageJournal journal, RelayMetrics metrics, GatewayOptions options, TimeProvider time, ILogger<RefusalBook> log)
{
    private const int SumsMax = 4_096;

    private readonly ConcurrentDictionary<Sum, Totals> _sums = new();
    private TokenBucket _single;

    /// <summary>Records the refusal of a whole exchange or of one entry.</summary>
    public void Record(Exchange x, Entry? e, in Refused refused)
    {
        metrics.Refused(refused.Error.Type);
        var caller = x.Caller;
        var nowNanos = (long)((Int128)time.GetTimestamp() * 1_000_000_000 / time.TimestampFrequency);
        // On a full disk the last slots belong to the calls in flight.
        if (caller is not null && options.RefusalsRecordedPerSecond > 0 && journal.Accepting
            && _single.TryTake(1, options.RefusalsRecordedPerSecond, nowNanos, out _))
        {
            journal.TryAppend(Make(
                x.Service?.JournalName ?? 0, e?.Method?.JournalName ?? 0, caller, refused.Error, x.StartedMicros, 1)
                with
            { RequestId = x.RequestId, BatchIndex = e?.Index ?? -1, BytesUp = e?.BytesUp ?? x.Body.Length });
            return;
        }
        var sum = new Sum(caller, x.Service?.JournalName ?? 0, e?.Method?.JournalName ?? 0, refused.Error);
        if (!_sums.TryGetValue(sum, out var totals))
        {
            // A full table is itself a flood: then only who is refused counts, not what for.
            if (_sums.Count >= SumsMax) sum = new Sum(null, 0, 0, refused.Error);
            totals = _sums.GetOrAdd(sum, static _ => new Totals());
        }
        totals.Add();
    }

    /// <summary>Writes down that the gateway itself failed; the client is told the request's id alone.</summary>
    public void Failed(Exchange x, Exception error) => LogFailed(error, WireId.Encode(x.RequestId));

    [LoggerMessage(10001, LogLevel.Error, "The call {RequestId} failed inside the gateway")]
    private partial void LogFailed(Exception error, string requestId);

    /// <summary>Writes the sums into the journal. Called every few seconds and at the end.</summary>
    public void Flush()
    {
        if (!journal.Accepting) return;
        var now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        foreach (var (sum, totals) in _sums)
        {
            var count = totals.Take();
            if (count > 0) journal.TryAppend(Make(sum.Service, sum.Method, sum.Caller, sum.Error, now, count));
            else _sums.TryRemove(new KeyValuePair<Sum, Totals>(sum, totals));
        }
    }

    private static JournalRecord Make(
        uint service, uint method, Caller? caller, GatewayError error, long atMicros, int count) => new()
        {
            Kind = RecordKind.Usage,
            AtMicros = atMicros,
            Organization = caller?.App.Organization.Id ?? Guid.Empty,
            App = caller?.App.Id ?? Guid.Empty,
            Key = caller?.Key ?? Guid.Empty,
            ServiceName = service,
            MethodName = method,
            BatchIndex = -1,
            Status = (ushort)error.Status,
            Outcome = Outcome.Refused,
            Count = count,
            RpcErrorCode = error.RpcCode,
        };

    private readonly record struct Sum(Caller? Caller, uint Service, uint Method, GatewayError Error);

    private sealed class Totals
    {
        private int _count;
        public void Add() => Interlocked.Increment(ref _count);
        public int Take() => Interlocked.Exchange(ref _count, 0);
    }
}
