using System.Diagnostics.Metrics;

namespace Sluice.Gateway.Kept;

/// <summary>The instruments of kept answers, in the data plane's meter. Read from the store when somebody asks.</summary>
internal sealed class RecallMetrics : IDisposable
{
    private readonly Meter _meter = new("Sluice.Gateway");

    public RecallMetrics(AnswerStore store)
    {
        _meter.CreateObservableCounter(
            "sluice.relay.recalls", () => Recalls(store.Counts), "{request}",
            "Calls of methods with a cache rule, by what came of it.");
        _meter.CreateObservableUpDownCounter(
            "sluice.relay.joining", () => store.Counts.Waiting, "{request}", "Calls that wait for an identical one now.");
        _meter.CreateObservableUpDownCounter(
            "sluice.relay.kept", () => store.Counts.Answers, "{answer}", "Answers kept, those of calls under way included.");
        _meter.CreateObservableUpDownCounter(
            "sluice.relay.kept.size", () => store.Counts.Bytes, "By", "Bytes that kept answers take.");
        _meter.CreateObservableCounter(
            "sluice.relay.kept.evictions", () => store.Counts.Evicted, "{answer}",
            "Answers dropped for want of room before their time.");
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<long>[] Recalls(AnswerCounts counts) =>
    [
        new(counts.Hits, new KeyValuePair<string, object?>("result", "hit")),
        new(counts.Joined, new KeyValuePair<string, object?>("result", "joined")),
        new(counts.Misses, new KeyValuePair<string, object?>("result", "miss")),
    ];
}
