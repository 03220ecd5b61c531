using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Sluice.Gateway.Snapshot;
using Sluice.Gateway.Upstreams;
using Sluice.Gateway.Usage;

namespace Sluice.Gateway;

/// <summary>
/// The data plane's instruments: meter <c>Sluice.Gateway</c>. Calls are counted in plain numbers that are read when
/// somebody asks, so that counting costs one interlocked addition. Series are bounded: methods by the tables of
/// services, the rest by <see cref="SeriesMax"/>.
/// </summary>
public sealed class RelayMetrics : IDisposable
{
    /// <summary>Series of the relay counters; beyond it calls are counted under <c>(other)</c>.</summary>
    public const int SeriesMax = 5_000;

    private static readonly string[] Classes = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly System.Diagnostics.Metrics.Meter _meter = new("Sluice.Gateway");
    private readonly ConcurrentDictionary<Series, Counters> _relays = new();
    private readonly ConcurrentDictionary<string, Counters> _refusals = new(StringComparer.Ordinal);
    private readonly Counters _overflow = new();
    private readonly Counter<long> _lost;
    private readonly Histogram<double> _duration;

    public RelayMetrics(UsageJournal journal)
    {
        _meter.CreateObservableCounter("sluice.relay.requests", Requests, "{request}", "Calls relayed.");
        _meter.CreateObservableCounter(
            "sluice.relay.refusals", Refusals, "{request}", "Calls refused by the gateway, by reason.");
        _meter.CreateObservableCounter("sluice.journal.syncs", () => journal.Syncs, "{call}", "Calls of fsync that returned.");
        _meter.CreateObservableUpDownCounter(
            "sluice.journal.accepting", () => journal.Accepting ? 1 : 0, null, "1 while new billable calls are taken.");
        _lost = _meter.CreateCounter<long>(
            "sluice.journal.refused", "{record}", "Records that found no room; their answers were withheld.");
        _duration = _meter.CreateHistogram<double>("sluice.relay.duration", "s", "From the request's arrival to its record.");
    }

    internal void Relayed(Service service, Method? method, Upstream? upstream, int status, uint micros, uint upstreamMicros)
    {
        var kind = status / 100;
        var series = new Series(service.Name, method?.Name ?? "", upstream?.Name ?? "", kind);
        if (!_relays.TryGetValue(series, out var counters))
            counters = _relays.Count < SeriesMax ? _relays.GetOrAdd(series, static _ => new Counters()) : _overflow;
        counters.Add(1);
        if (_duration.Enabled)
            _duration.Record(micros / 1e6, new KeyValuePair<string, object?>("service", service.Name));
    }

    internal void Refused(string type)
    {
        if (!_refusals.TryGetValue(type, out var counters)) counters = _refusals.GetOrAdd(type, static _ => new Counters());
        counters.Add(1);
    }

    internal void Lost() => _lost.Add(1);

    private IEnumerable<Measurement<long>> Requests()
    {
        foreach (var (series, counters) in _relays)
        {
            yield return new(
                counters.Value, new("service", series.Service), new("method", series.Method),
                new("upstream", series.Upstream), new("status_class", Classes[Math.Clamp(series.Kind, 0, 5)]));
        }
        if (_overflow.Value > 0) yield return new(_overflow.Value, new KeyValuePair<string, object?>("service", "(other)"));
    }

    private IEnumerable<Measurement<long>> Refusals()
    {
        foreach (var (type, counters) in _refusals)
            yield return new(counters.Value, new KeyValuePair<string, object?>("type", type));
    }

    public void Dispose() => _meter.Dispose();

    private readonly record struct Series(string Service, string Method, string Upstream, int Kind);

    private sealed class Counters
    {
        private long _value;
        public long Value => Volatile.Read(ref _value);
        public void Add(long count) => Interlocked.Add(ref _value, count);
    }
}
