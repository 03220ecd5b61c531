using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// The request log of the journals that lie on this node: nothing but their segments, live and archived, searched by
/// time from the newest run of slots to the oldest.
/// </summary>
internal sealed class RequestLog(IOptions<MeteringOptions> options)
{
    private const int IndexesMax = 10_000;

    private readonly ConcurrentDictionary<(JournalId, int), SegmentIndex> _indexes = [];

    /// <summary>The newest rows that the query matches, newest first.</summary>
    public Task<List<LogRow>> Read(LogQuery query, CancellationToken ct) => Task.Run(() => Search(query, ct), ct);

    private List<LogRow> Search(LogQuery query, CancellationToken ct)
    {
        var from = Micros(query.From);
        var to = Micros(query.To);
        var newest = new PriorityQueue<LogRow, long>();
        if (_indexes.Count > IndexesMax) _indexes.Clear();
        foreach (var (journal, directory) in JournalFiles.Journals(options.Value.JournalsDirectory)
            .OrderByDescending(j => j.Key.Value))
        {
            foreach (var (number, path) in JournalFiles.All(directory).Reverse())
            {
                ct.ThrowIfCancellationRequested();
                using var segment = SegmentReader.TryOpen(path)
                    // Moved between the listing and the open.
                    ?? SegmentReader.TryOpen(JournalFiles.Archived(directory, number));
                if (segment is null) continue;
                var runs = _indexes.GetOrAdd((journal, number), _ => new SegmentIndex()).Runs(segment);
                Search(segment, runs, query, from, to, newest, ct);
            }
        }
        var rows = new List<LogRow>(newest.Count);
        while (newest.TryDequeue(out var row, out _)) rows.Add(row);
        rows.Reverse();
        return rows;
    }

    private static void Search(
        SegmentReader segment, TimeRange[] runs, LogQuery query, long from, long to,
        PriorityQueue<LogRow, long> newest, CancellationToken ct)
    {
        Dictionary<uint, string>? names = null;
        for (var run = runs.Length - 1; run >= 0; run--)
        {
            if (!runs[run].Meets(from, to) || IsFull(newest, query, runs[run].LastMicros)) continue;
            ct.ThrowIfCancellationRequested();
            names ??= Names(segment);
            var first = Math.Max(1, run * SegmentIndex.RunSlots);
            var last = Math.Min(segment.Header.Slots, (run + 1) * SegmentIndex.RunSlots) - 1;
            for (var slot = last; slot >= first; slot--)
            {
                if (!segment.TryRead(slot, out var record) || record.Kind == RecordKind.Dictionary) continue;
                if (record.AtMicros < from || record.AtMicros >= to || !Matches(record, query, names)) continue;
                if (IsFull(newest, query, record.AtMicros)) continue;
                newest.Enqueue(Row(record, names), record.AtMicros);
                if (newest.Count > query.Limit) newest.Dequeue();
            }
        }
    }

    private static bool IsFull(PriorityQueue<LogRow, long> newest, LogQuery query, long micros) =>
        newest.Count >= query.Limit && newest.TryPeek(out _, out var oldest) && micros <= oldest;

    private static Dictionary<uint, string> Names(SegmentReader segment)
    {
        var names = new Dictionary<uint, string> { [0] = "" };
        var empty = 0;
        for (var slot = 1; slot < segment.Header.Slots && empty < SegmentIndex.RunSlots; slot++)
        {
            if (!segment.TryRead(slot, out var record))
            {
                empty++;
                continue;
            }
            empty = 0;
            if (record.Kind != RecordKind.Dictionary) continue;
            var (number, name) = DictionaryEntry.Read(record);
            names[number] = name;
        }
        return names;
    }

    private static bool Matches(in JournalRecord record, LogQuery query, Dictionary<uint, string> names) =>
        (query.Organization is not { } organization || record.Organization == organization.Value)
        && (query.App is not { } app || record.App == app.Value)
        && (query.Key is not { } key || record.Key == key.Value)
        && (query.Status is not { } status || record.Status == status)
        && (query.RequestId is not { } request || record.RequestId == request)
        && (query.Service is null || names.GetValueOrDefault(record.ServiceName) == query.Service)
        && (query.Method is null || names.GetValueOrDefault(record.MethodName) == query.Method);

    private static LogRow Row(in JournalRecord record, Dictionary<uint, string> names) => new(
        DateTimeOffset.UnixEpoch.AddMicroseconds(record.AtMicros), WireId.Encode(record.RequestId),
        record.Organization == Guid.Empty ? null : new OrganizationId(record.Organization),
        record.App == Guid.Empty ? null : new AppId(record.App), record.Key == Guid.Empty ? null : new KeyId(record.Key),
        Name(names, record.ServiceName), Name(names, record.MethodName), record.BatchIndex, record.Status,
        record.RpcErrorCode, JsonNamingPolicy.CamelCase.ConvertName(record.Outcome.ToString()),
        (record.Flags & RecordFlags.Billed) != RecordFlags.None, (record.Flags & RecordFlags.Cached) != RecordFlags.None,
        record.Quantity, Name(names, record.UpstreamName), record.UpstreamCalls, record.BytesUp, record.BytesDown,
        record.LatencyMicros, record.UpstreamLatencyMicros, Digest(record.RequestDigest), Digest(record.AnswerDigest));

    // The bytes in the order in which the hash has them.
    private static string? Digest(UInt128 digest)
    {
        if (digest == 0) return null;
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, digest);
        return Convert.ToHexStringLower(bytes);
    }

    private static string Name(Dictionary<uint, string> names, uint number) => names.GetValueOrDefault(number, "(lost)");

    private static long Micros(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / 10;
}
