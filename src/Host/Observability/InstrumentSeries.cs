using System.Diagnostics.Metrics;

namespace Sluice.Host.Observability;

internal enum InstrumentShape { Counter, Gauge, Histogram }

/// <summary>
/// All series of one instrument, found by their tags without a lock and without an allocation. There are at most
/// <see cref="SeriesMax"/>; what comes after that is folded into one series whose tags all read <c>other</c>.
/// </summary>
internal sealed class InstrumentSeries
{
    public const int SeriesMax = 1000;

    private static readonly double[] Seconds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    private static readonly double[] Powers =
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    private readonly Lock _adding = new();
    private readonly double[] _bounds;
    private Table _table = new(16);
    private Series? _other;

    public InstrumentSeries(Instrument instrument)
    {
        var type = instrument.GetType();
        var kind = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        Shape = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? InstrumentShape.Counter
            : kind == typeof(Histogram<>) ? InstrumentShape.Histogram
            : InstrumentShape.Gauge;
        IsObservable = instrument.IsObservable;
        IsLast = IsObservable || kind == typeof(Gauge<>);
        Name = PrometheusNames.Of(instrument.Name, instrument.Unit, Shape);
        Help = instrument.Description ?? "";
        _bounds = Shape == InstrumentShape.Histogram ? Bounds(instrument) : [];
    }

    public string Name { get; }
    public string Help { get; }
    public InstrumentShape Shape { get; }
    public bool IsObservable { get; }

    /// <summary>Whether measurements replace the value rather than add to it.</summary>
    public bool IsLast { get; }

    public IReadOnlyList<double> BucketBounds => _bounds;

    public IEnumerable<Series> All()
    {
        foreach (var slot in Volatile.Read(ref _table).Slots)
            if (slot is not null) yield return slot;
        if (Volatile.Read(ref _other) is { } other) yield return other;
    }

    public void Measure(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, long collection)
    {
        var series = Find(tags);
        if (IsLast) series.Set(value, collection);
        else if (Shape == InstrumentShape.Histogram) series.Record(value);
        else series.Add(value);
    }

    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, long collection)
    {
        var series = Find(tags);
        if (IsLast) series.Set(value, collection);
        else if (Shape == InstrumentShape.Histogram) series.Record(value);
        else series.Add(value);
    }

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = HashOf(tags);
        var table = Volatile.Read(ref _table);
        return table.Find(hash, tags) ?? (table.Count >= SeriesMax ? Other(tags) : Add(hash, tags));
    }

    private Series Add(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            if (_table.Find(hash, tags) is { } found) return found;
            if (_table.Count >= SeriesMax) return Other(tags);
            var series = new Series(tags.ToArray(), _bounds);
            // Readers see the old table or the new one, never one in between.
            Volatile.Write(ref _table, _table.With(series));
            return series;
        }
    }

    private Series Other(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Volatile.Read(ref _other) is { } there) return there;
        lock (_adding)
        {
            if (_other is not null) return _other;
            var folded = tags.ToArray();
            for (var i = 0; i < folded.Length; i++) folded[i] = new(folded[i].Key, "other");
            var made = new Series(folded, _bounds);
            Volatile.Write(ref _other, made);
            return made;
        }
    }

    /// <summary>Bounds of a histogram's buckets: those it advises, else by its unit. The same wherever it is told.</summary>
    public static double[] Bounds(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> h => h.Advice?.HistogramBucketBoundaries,
            Histogram<float> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
            Histogram<long> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
            Histogram<int> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
            _ => null,
        };
        if (advised is { Count: > 0 }) return [.. advised];
        return instrument.Unit == "s" ? Seconds : Powers;
    }

    private static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = tags.Length;
        foreach (var tag in tags) hash = (hash * 31) + (tag.Value?.GetHashCode() ?? 0);
        return hash;
    }

    /// <summary>An open hash table that is never changed once it is seen.</summary>
    private sealed class Table(int size)
    {
        public Series?[] Slots { get; } = new Series?[size];

        public int Count { get; private set; }

        public Series? Find(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var mask = Slots.Length - 1;
            for (var at = Spread(hash) & mask; ; at = (at + 1) & mask)
            {
                var series = Slots[at];
                if (series is null) return null;
                if (Same(series.Tags, tags)) return series;
            }
        }

        public Table With(Series added)
        {
            // Half empty at least, so that a search for what is not there ends soon.
            var next = new Table((Count + 1) * 2 > Slots.Length ? Slots.Length * 2 : Slots.Length);
            foreach (var series in Slots)
                if (series is not null) next.Put(series);
            next.Put(added);
            return next;
        }

        private void Put(Series series)
        {
            var mask = Slots.Length - 1;
            var at = Spread(HashOf(series.Tags)) & mask;
            while (Slots[at] is not null) at = (at + 1) & mask;
            Slots[at] = series;
            Count++;
        }

        private static int Spread(int hash) => (int)((uint)hash * 2654435769 >> 8);

        private static bool Same(KeyValuePair<string, object?>[] have, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (have.Length != tags.Length) return false;
            for (var i = 0; i < have.Length; i++)
                if (!Equals(have[i].Value, tags[i].Value) || have[i].Key != tags[i].Key) return false;
            return true;
        }
    }
}
