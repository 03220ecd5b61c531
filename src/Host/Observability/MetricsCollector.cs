using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Sluice.Host.Observability;

/// <summary>
/// Gathers what the process measures with <c>System.Diagnostics.Metrics</c> and writes it in the text format of
/// Prometheus (version 0.0.4).
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly string[] FrameworkMeters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private readonly ConcurrentDictionary<Instrument, InstrumentSeries> _instruments = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _collecting = new();
    private readonly Func<Meter, bool> _wanted;
    private long _collection;

    public MetricsCollector() : this(IsWanted)
    {
    }

    internal MetricsCollector(Func<Meter, bool> wanted)
    {
        _wanted = wanted;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_wanted(instrument.Meter))
                listener.EnableMeasurementEvents(
                    instrument, _instruments.GetOrAdd(instrument, made => new InstrumentSeries(made)));
        };
        _listener.MeasurementsCompleted = (instrument, _) => _instruments.TryRemove(instrument, out var _);
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Take(state, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Take(state, (long)value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, state) => Take(state, (long)value, tags));
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, state) => Take(state, (long)value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Take(state, value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, state) => Take(state, (double)value, tags));
        _listener.Start();
    }

    /// <summary>Everything that stands, instruments by name.</summary>
    public string Write()
    {
        lock (_collecting)
        {
            _collection++;
            _listener.RecordObservableInstruments();
            var text = new StringBuilder(16 * 1024);
            // Meters of the same name may exist more than once; a name must stand in one block.
            var groups = _instruments.Values.GroupBy(series => series.Name);
            foreach (var group in groups.OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                var first = group.First();
                text.Append("# HELP ").Append(first.Name).Append(' ').Append(EscapeHelp(first.Help)).Append('\n');
                text.Append("# TYPE ").Append(first.Name).Append(' ').Append(TypeOf(first.Shape)).Append('\n');
                foreach (var instrument in group.Where(one => one.Shape == first.Shape)) WriteInstrument(text, instrument);
            }
            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    private static bool IsWanted(Meter meter) =>
        meter.Name.StartsWith("Sluice.", StringComparison.Ordinal)
            || FrameworkMeters.Contains(meter.Name, StringComparer.Ordinal);

    private void Take(object? state, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        (state as InstrumentSeries)?.Measure(value, tags, _collection);

    private void Take(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        (state as InstrumentSeries)?.Measure(value, tags, _collection);

    private void WriteInstrument(StringBuilder text, InstrumentSeries instrument)
    {
        foreach (var series in instrument.All())
        {
            if (instrument.IsObservable && series.Observed != _collection) continue;
            if (instrument.Shape == InstrumentShape.Histogram) WriteHistogram(text, instrument, series);
            else Line(text, instrument.Name, series, null, instrument.IsLast ? series.SetValue : series.Sum);
        }
    }

    private static void WriteHistogram(StringBuilder text, InstrumentSeries instrument, Series series)
    {
        long count = 0;
        for (var bucket = 0; bucket <= instrument.BucketBounds.Count; bucket++)
        {
            count += series.BucketCount(bucket);
            var bound = bucket < instrument.BucketBounds.Count ? Number(instrument.BucketBounds[bucket]) : "+Inf";
            Line(text, instrument.Name + "_bucket", series, bound, count);
        }
        Line(text, instrument.Name + "_sum", series, null, series.Sum);
        Line(text, instrument.Name + "_count", series, null, count);
    }

    private static void Line(StringBuilder text, string name, Series series, string? bound, double value)
    {
        text.Append(name);
        if (series.Tags.Length > 0 || bound is not null)
        {
            text.Append('{');
            var separator = "";
            foreach (var tag in series.Tags)
            {
                text.Append(separator).Append(PrometheusNames.Clean(tag.Key))
                    .Append("=\"").Append(EscapeLabel(Text(tag.Value))).Append('"');
                separator = ",";
            }
            if (bound is not null) text.Append(separator).Append("le=\"").Append(bound).Append('"');
            text.Append('}');
        }
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string TypeOf(InstrumentShape shape) => shape switch
    {
        InstrumentShape.Counter => "counter",
        InstrumentShape.Gauge => "gauge",
        _ => "histogram",
    };

    private static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string EscapeLabel(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeHelp(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
