using System.Diagnostics.Metrics;
using System.Globalization;
using Sluice.Host.Observability;
using Xunit;

namespace Sluice.Unit.Host;

public sealed class MetricsTests : IDisposable
{
    private readonly Meter _meter = new("Sluice.Test");
    private readonly MetricsCollector _collector;

    public MetricsTests() => _collector = new MetricsCollector(meter => ReferenceEquals(meter, _meter));

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counter_is_written_with_its_tags_when_it_was_added_to()
    {
        var counter = _meter.CreateCounter<long>("sluice.relay.calls", "{call}", "Calls relayed.");
        counter.Add(2, new("service", "eth"), new("status.class", 2));
        counter.Add(3, new("service", "eth"), new("status.class", 2));
        counter.Add(1, new("service", "ba\"se\n"), new("status.class", 5));
        var text = _collector.Write();
        Assert.Contains("# HELP sluice_relay_calls_total Calls relayed.\n# TYPE sluice_relay_calls_total counter\n", text, StringComparison.Ordinal);
        Assert.Contains("sluice_relay_calls_total{service=\"eth\",status_class=\"2\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("sluice_relay_calls_total{service=\"ba\\\"se\\n\",status_class=\"5\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Histogram_is_cumulative_and_ends_in_infinity_when_written()
    {
        var histogram = _meter.CreateHistogram("sluice.relay.duration", "s", null, null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7 }) histogram.Record(value);
        var text = _collector.Write();
        Assert.Contains("sluice_relay_duration_seconds_bucket{le=\"0.1\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("sluice_relay_duration_seconds_bucket{le=\"1\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("sluice_relay_duration_seconds_bucket{le=\"+Inf\"} 4\n", text, StringComparison.Ordinal);
        Assert.Contains("sluice_relay_duration_seconds_sum 7.65\n", text, StringComparison.Ordinal);
        Assert.Contains("sluice_relay_duration_seconds_count 4\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Gauge_goes_up_and_down_and_an_observed_one_is_what_was_seen_last()
    {
        var open = _meter.CreateUpDownCounter<int>("sluice.sockets.open");
        open.Add(5);
        open.Add(-2);
        var seen = 1;
        _meter.CreateObservableGauge("sluice.disk.free", () => new Measurement<long>(seen * 100), "By");
        Assert.Contains("sluice_sockets_open 3\n", _collector.Write(), StringComparison.Ordinal);
        seen = 4;
        Assert.Contains("sluice_disk_free_bytes 400\n", _collector.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Observed_series_disappears_when_it_is_no_longer_told()
    {
        var upstreams = new List<string> { "one", "two" };
        _meter.CreateObservableGauge("sluice.upstream.head", () => upstreams.Select(name => new Measurement<long>(1, new KeyValuePair<string, object?>("upstream", name))));
        Assert.Contains("upstream=\"two\"", _collector.Write(), StringComparison.Ordinal);
        upstreams.Remove("two");
        Assert.DoesNotContain("upstream=\"two\"", _collector.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Series_are_folded_into_other_when_there_are_too_many()
    {
        var counter = _meter.CreateCounter<long>("sluice.flood");
        for (var i = 0; i < InstrumentSeries.SeriesMax + 500; i++)
            counter.Add(1, new KeyValuePair<string, object?>("name", i.ToString(CultureInfo.InvariantCulture)));
        var lines = _collector.Write().Split('\n').Where(line => line.StartsWith("sluice_flood_total{", StringComparison.Ordinal)).ToList();
        Assert.Equal(InstrumentSeries.SeriesMax + 1, lines.Count);
        Assert.Contains("sluice_flood_total{name=\"other\"} 500", lines);
    }

    [Fact]
    public void Measuring_allocates_nothing_when_the_series_is_known()
    {
        var counter = _meter.CreateCounter<long>("sluice.hot");
        var duration = _meter.CreateHistogram<double>("sluice.hot.duration", "s");
        object service = "eth", status = 2;
        void Measure()
        {
            counter.Add(1, new("service", service), new("status", status));
            duration.Record(0.01, new("service", service), new("status", status));
        }
        Assert.Equal(0, Allocated.Least(10_000, Measure));
    }

    [Fact]
    public void Counting_loses_nothing_when_many_threads_add()
    {
        var counter = _meter.CreateCounter<long>("sluice.threads");
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 10_000; i++) counter.Add(1, new KeyValuePair<string, object?>("n", (thread + i) % 50));
        });
        var sum = _collector.Write().Split('\n').Where(line => line.StartsWith("sluice_threads_total{", StringComparison.Ordinal))
            .Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        Assert.Equal(80_000, sum);
    }

    [Theory]
    [InlineData("http.server.request.duration", "s", InstrumentShape.Histogram, "http_server_request_duration_seconds")]
    [InlineData("sluice.journal.bytes", "By", InstrumentShape.Counter, "sluice_journal_bytes_total")]
    [InlineData("dotnet.gc.pause.time", "s", InstrumentShape.Counter, "dotnet_gc_pause_time_seconds_total")]
    [InlineData("9 lives", null, InstrumentShape.Gauge, "_9_lives")]
    public void Name_follows_the_rules_of_prometheus_when_written(string name, string? unit, object shape, string expected) =>
        Assert.Equal(expected, PrometheusNames.Of(name, unit, (InstrumentShape)shape));
}
