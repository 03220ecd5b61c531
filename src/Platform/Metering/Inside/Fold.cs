using System.Runtime.InteropServices;
using Sluice.Kernel.Journal;

namespace Sluice.Platform.Metering.Inside;

/// <summary>
/// Sums records in memory until they are written. Runs beside the hot path at its full rate: a record costs one
/// look-up by a struct key, and no string is touched but the first time that a segment's number is seen.
/// </summary>
internal sealed class Fold
{
    private const long MicrosPerMinute = 60_000_000;

    private readonly Dictionary<FoldKey, Sums> _rows = [];
    private readonly Dictionary<string, int> _idByName = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, int> _idByNumber = [];
    private readonly List<string> _names = [];
    private int _segment;

    public int Records { get; private set; }

    public int RowCount => _rows.Count;

    public IReadOnlyDictionary<FoldKey, Sums> Rows => _rows;

    public string Name(int id) => _names[id];

    /// <summary>Adds a record that <paramref name="reader"/> returned last.</summary>
    public void Add(in JournalRecord record, JournalReader reader)
    {
        if (reader.Position.Segment != _segment)
        {
            // Numbers mean something inside one segment only.
            _idByNumber.Clear();
            _segment = reader.Position.Segment;
        }
        var key = new FoldKey(
            record.Organization, record.App, record.Key,
            (int)Math.DivRem(record.AtMicros, MicrosPerMinute).Quotient,
            NameId(record.ServiceName, reader), NameId(record.MethodName, reader),
            (byte)Math.Min(record.Status / 100, 9), (record.Flags & RecordFlags.Cached) != RecordFlags.None,
            record.Meter, record.Quotas);
        ref var sums = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, key, out _);
        var calls = Calls(record);
        sums.Calls += calls;
        if ((record.Flags & RecordFlags.Billed) != RecordFlags.None) sums.Billed += calls;
        sums.Units += record.Quantity;
        sums.UpstreamCalls += record.UpstreamCalls;
        sums.BytesUp += record.BytesUp;
        sums.BytesDown += record.BytesDown;
        sums.LatencyMicros += record.LatencyMicros;
        Records++;
    }

    /// <summary>A checkpoint is a part of a call: the call is counted by the record that ends it.</summary>
    public static int Calls(in JournalRecord record) =>
        record.Kind == RecordKind.Usage ? Math.Max(1, record.Count) : Math.Max(0, record.Count);

    /// <summary>A name as it stands in the rollups: a client chooses methods, and PostgreSQL's texts hold no zero.</summary>
    public static string Storable(string name) => name.Replace('\0', '\uFFFD');

    public void Clear()
    {
        _rows.Clear();
        _idByNumber.Clear();
        _idByName.Clear();
        _names.Clear();
        Records = 0;
    }

    /// <summary>Units by quota: follows from the rows, because a minute lies in one day and one month.</summary>
    public Dictionary<QuotaKey, long> Spent()
    {
        var spent = new Dictionary<QuotaKey, long>();
        foreach (var (key, sums) in _rows)
        {
            if (key.Quotas == QuotaScopes.None || sums.Units == 0) continue;
            var day = DateOnly.FromDateTime(key.Start.UtcDateTime);
            var month = new DateOnly(day.Year, day.Month, 1);
            Add(QuotaScopes.KeyDay, key.Key, day);
            Add(QuotaScopes.KeyMonth, key.Key, month);
            Add(QuotaScopes.AppDay, key.App, day);
            Add(QuotaScopes.AppMonth, key.App, month);
            Add(QuotaScopes.PlanDay, key.Organization, day);
            Add(QuotaScopes.PlanMonth, key.Organization, month);

            void Add(QuotaScopes scope, Guid subject, DateOnly period)
            {
                if ((key.Quotas & scope) == QuotaScopes.None) return;
                CollectionsMarshal.GetValueRefOrAddDefault(spent, new QuotaKey(subject, scope, period), out _) +=
                    sums.Units;
            }
        }
        return spent;
    }

    private int NameId(uint number, JournalReader reader)
    {
        if (_idByNumber.TryGetValue(number, out var id)) return id;
        var name = Storable(reader.Name(number));
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_idByName, name, out var exists);
        if (!exists)
        {
            known = _names.Count;
            _names.Add(name);
        }
        _idByNumber[number] = known;
        return known;
    }
}

/// <summary>What records are summed by. Quotas are not in the rollups: they tell which leases were spent from.</summary>
/// <param name="Minute">Minutes since 1970 UTC.</param>
/// <param name="Service">Number of the service's name in its fold.</param>
/// <param name="Method">Number of the method's name in its fold.</param>
internal readonly record struct FoldKey(
    Guid Organization, Guid App, Guid Key, int Minute, int Service, int Method, byte StatusClass, bool Cached,
    MeterKind Meter, QuotaScopes Quotas)
{
    public DateTimeOffset Start => DateTimeOffset.FromUnixTimeSeconds(Minute * 60L);

    // The last eight bytes of a version 7 id are random, so they alone tell keys apart.
    public override int GetHashCode()
    {
        var key = Key;
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<Guid>(in key));
        return HashCode.Combine(
            MemoryMarshal.Read<long>(bytes[8..]), Minute, Service, Method,
            StatusClass | ((byte)Quotas << 8) | ((byte)Meter << 16) | (Cached ? 1 << 24 : 0));
    }
}

internal struct Sums
{
    public long Calls;
    public long Billed;
    public long Units;
    public long UpstreamCalls;
    public long BytesUp;
    public long BytesDown;
    public long LatencyMicros;
}
