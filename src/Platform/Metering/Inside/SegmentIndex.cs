using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// First and last time of every run of slots in one segment. Built by the first search that comes along and kept;
/// runs that are not written whole are looked at each time.
/// </summary>
internal sealed class SegmentIndex
{
    public const int RunSlots = 4096;

    private readonly Dictionary<int, TimeRange> _whole = [];

    /// <summary>The runs that the segment holds now.</summary>
    public TimeRange[] Runs(SegmentReader segment)
    {
        var runs = new List<TimeRange>();
        lock (_whole)
        {
            for (var first = 0; first < segment.Header.Slots; first += RunSlots)
            {
                if (!_whole.TryGetValue(first, out var range))
                {
                    range = Scan(segment, first, out var found, out var whole);
                    // Slots are claimed in their order, so behind a run without any record there is none.
                    if (!found) break;
                    if (whole) _whole[first] = range;
                }
                runs.Add(range);
            }
        }
        return [.. runs];
    }

    private static TimeRange Scan(SegmentReader segment, int first, out bool found, out bool whole)
    {
        var range = TimeRange.Empty;
        (found, whole) = (false, true);
        var end = Math.Min(segment.Header.Slots, first + RunSlots);
        for (var slot = Math.Max(1, first); slot < end; slot++)
        {
            if (!segment.TryRead(slot, out var record))
            {
                whole = false;
                continue;
            }
            found = true;
            if (record.Kind != RecordKind.Dictionary) range = range.With(record.AtMicros);
        }
        return range;
    }
}

internal readonly record struct TimeRange(long FirstMicros, long LastMicros)
{
    public static readonly TimeRange Empty = new(long.MaxValue, long.MinValue);

    public TimeRange With(long micros) => new(Math.Min(FirstMicros, micros), Math.Max(LastMicros, micros));

    public bool Meets(long fromMicros, long toMicros) => LastMicros >= fromMicros && FirstMicros < toMicros;
}
