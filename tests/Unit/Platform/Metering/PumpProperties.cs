using Sluice.Kernel.Journal;
using Sluice.Platform.Metering;
using Sluice.Platform.Metering.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Metering;

/// <summary>
/// Whatever the batches, the aborted transactions and the lost answers: what reaches the database is the sum of the
/// records. The database is played by a position and two dictionaries that change together.
/// </summary>
public sealed class PumpProperties
{
    private const int Records = 3_000;

    private static readonly DateTimeOffset LastMinutes = new(2026, 3, 31, 23, 50, 0, TimeSpan.Zero);

    public static TheoryData<int> Seeds() => [1, 2, 3, Random.Shared.Next()];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Pump_sums_every_record_once_over_any_batches_aborts_and_lost_answers(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var recorded = new Recorded(segmentSlots: random.Next(64, 400));
        string[] names = [.. Enumerable.Range(0, 12).Select(i => $"name-{i}")];
        var guids = Enumerable.Range(1, 4).Select(i => new Guid(i, 0, 0, new byte[8])).ToArray();
        var expected = new Rollups();
        var database = new Rollups();
        var stored = JournalPosition.Start;
        PumpCursor? cursor = null;
        var (aborted, lost) = (0, 0);
        for (var (written, done) = (0, false); !done;)
        {
            for (var i = random.Next(60); i > 0 && written < Records; i--, written++)
            {
                var (service, method) = (names[random.Next(12)], names[random.Next(12)]);
                var record = Any(random, guids) with
                {
                    ServiceName = recorded.Journal.Name(service),
                    MethodName = recorded.Journal.Name(method),
                };
                recorded.Append(record);
                expected.Add(record, service, method);
            }
            cursor ??= new PumpCursor(recorded.Folder, stored);
            var fold = new Fold();
            var atEnd = cursor.Read(fold, random.Next(1, 80), ownerDead: false);
            var aborts = random.Next(4) == 0;
            var answerIsLost = random.Next(6) == 0;
            if (!aborts)
            {
                database.Add(fold);
                stored = cursor.Position;
                cursor.Commit();
            }
            // Not before each has happened several times, whatever the seed: at the end there is nothing left to double.
            done = atEnd && written == Records && !aborts && aborted > 5 && lost > 5;
            if (!aborts && !answerIsLost) continue;
            (aborted, lost) = (aborted + (aborts ? 1 : 0), lost + (aborts ? 0 : 1));
            cursor.Dispose();
            cursor = null;
        }
        cursor?.Dispose();

        Assert.True(expected.IsSame(database), $"seed {seed}");
    }

    private static JournalRecord Any(Random random, Guid[] ids)
    {
        var checkpoint = random.Next(8) == 0;
        return new JournalRecord
        {
            Kind = checkpoint ? RecordKind.Checkpoint : RecordKind.Usage,
            Flags = (RecordFlags)random.Next(64),
            AtMicros = (LastMinutes.ToUnixTimeMilliseconds() + random.Next(20 * 60_000)) * 1000,
            Organization = ids[random.Next(4)],
            App = ids[random.Next(4)],
            Key = ids[random.Next(4)],
            Meter = (MeterKind)random.Next(3),
            Quotas = (QuotaScopes)random.Next(64),
            Status = (ushort)random.Next(100, 600),
            UpstreamCalls = (ushort)random.Next(3),
            Quantity = random.Next(100),
            Count = checkpoint ? 0 : random.Next(20) == 0 ? random.Next(1, 500) : 1,
            BytesUp = random.Next(1000),
            BytesDown = random.Next(100_000),
            LatencyMicros = (uint)random.Next(1_000_000),
        };
    }

    private readonly record struct Row(
        Guid Organization, Guid App, Guid Key, long Minute, string Service, string Method, int StatusClass, bool Cached,
        MeterKind Meter);

    private readonly record struct Totals(
        long Calls, long Billed, long Units, long Upstream, long Up, long Down, long Latency)
    {
        public static Totals operator +(Totals a, Totals b) => new(
            a.Calls + b.Calls, a.Billed + b.Billed, a.Units + b.Units, a.Upstream + b.Upstream, a.Up + b.Up,
            a.Down + b.Down, a.Latency + b.Latency);
    }

    private sealed class Rollups
    {
        private readonly Dictionary<Row, Totals> _rows = [];
        private readonly Dictionary<QuotaKey, long> _spent = [];

        public bool IsSame(Rollups other) => IsSame(_rows, other._rows) && IsSame(_spent, other._spent);

        public void Add(Fold fold)
        {
            foreach (var (k, s) in fold.Rows)
            {
                Add(
                    new Row(
                        k.Organization, k.App, k.Key, k.Minute, fold.Name(k.Service), fold.Name(k.Method), k.StatusClass,
                        k.Cached, k.Meter),
                    new Totals(s.Calls, s.Billed, s.Units, s.UpstreamCalls, s.BytesUp, s.BytesDown, s.LatencyMicros));
            }
            foreach (var (quota, units) in fold.Spent()) Spend(quota.Subject, quota.Scope, quota.Period, units);
        }

        // As the glossary has it, record by record, with none of the fold's means.
        public void Add(in JournalRecord r, string service, string method)
        {
            Add(
                new Row(
                    r.Organization, r.App, r.Key, r.AtMicros / 60_000_000, service, method, r.Status / 100,
                    r.Flags.HasFlag(RecordFlags.Cached), r.Meter),
                new Totals(
                    r.Count, r.Flags.HasFlag(RecordFlags.Billed) ? r.Count : 0, r.Quantity, r.UpstreamCalls, r.BytesUp,
                    r.BytesDown, r.LatencyMicros));
            var day = DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(r.AtMicros / 1000).UtcDateTime);
            foreach (var scope in Enum.GetValues<QuotaScopes>())
            {
                if (scope == QuotaScopes.None || !r.Quotas.HasFlag(scope) || r.Quantity == 0) continue;
                var daily = scope is QuotaScopes.KeyDay or QuotaScopes.AppDay or QuotaScopes.PlanDay;
                var subject = scope <= QuotaScopes.KeyMonth ? r.Key : scope <= QuotaScopes.AppMonth ? r.App : r.Organization;
                Spend(subject, scope, daily ? day : new DateOnly(day.Year, day.Month, 1), r.Quantity);
            }
        }

        private void Add(Row row, Totals totals) => _rows[row] = _rows.GetValueOrDefault(row) + totals;

        private void Spend(Guid subject, QuotaScopes scope, DateOnly period, long units)
        {
            var quota = new QuotaKey(subject, scope, period);
            _spent[quota] = _spent.GetValueOrDefault(quota) + units;
        }

        private static bool IsSame<TKey, T>(Dictionary<TKey, T> one, Dictionary<TKey, T> two) where TKey : notnull =>
            one.Count == two.Count && one.All(p => two.TryGetValue(p.Key, out var value) && Equals(value, p.Value));
    }
}
