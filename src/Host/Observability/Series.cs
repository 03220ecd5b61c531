using System.Numerics;

namespace Sluice.Host.Observability;

/// <summary>
/// The value of one combination of tags. Adding is striped over the cores so that threads do not fight for one cache
/// line, and allocates nothing.
/// </summary>
internal sealed class Series
{
    private static readonly int Stripes = (int)Math.Min(16, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));
    private const int Padding = 8; // 64 bytes: one cache line.

    private readonly double[] _bounds;
    private readonly int _width;
    private readonly long[] _cells;
    private double _set;

    public Series(KeyValuePair<string, object?>[] tags, double[] bounds)
    {
        Tags = tags;
        _bounds = bounds;
        // A stripe: whole sum, fractional sum as bits, then one count a bucket.
        _width = (2 + bounds.Length + 1 + Padding - 1) / Padding * Padding;
        _cells = new long[_width * Stripes];
    }

    public KeyValuePair<string, object?>[] Tags { get; }

    /// <summary>The collection in which an observed value was last told; others are left out.</summary>
    public long Observed { get; private set; }

    public void Add(long value) => Interlocked.Add(ref _cells[Stripe()], value);

    public void Add(double value) => AddFraction(ref _cells[Stripe() + 1], value);

    public void Record(double value)
    {
        var stripe = Stripe();
        var bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket]) bucket++;
        Interlocked.Increment(ref _cells[stripe + 2 + bucket]);
        AddFraction(ref _cells[stripe + 1], value);
    }

    public void Set(double value, long collection)
    {
        Volatile.Write(ref _set, value);
        Observed = collection;
    }

    public double SetValue => Volatile.Read(ref _set);

    public double Sum
    {
        get
        {
            long whole = 0;
            double fraction = 0;
            for (var stripe = 0; stripe < _cells.Length; stripe += _width)
            {
                whole += Interlocked.Read(ref _cells[stripe]);
                fraction += BitConverter.Int64BitsToDouble(Interlocked.Read(ref _cells[stripe + 1]));
            }
            return whole + fraction;
        }
    }

    public long BucketCount(int bucket)
    {
        long count = 0;
        for (var stripe = 0; stripe < _cells.Length; stripe += _width)
            count += Interlocked.Read(ref _cells[stripe + 2 + bucket]);
        return count;
    }

    private int Stripe() => (Thread.GetCurrentProcessorId() & (Stripes - 1)) * _width;

    private static void AddFraction(ref long cell, double value)
    {
        while (true)
        {
            var before = Volatile.Read(ref cell);
            var after = BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(before) + value);
            if (Interlocked.CompareExchange(ref cell, after, before) == before) return;
        }
    }
}
