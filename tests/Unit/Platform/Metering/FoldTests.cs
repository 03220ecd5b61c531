using Sluice.Kernel.Journal;
using Sluice.Platform.Metering;
using Sluice.Platform.Metering.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Metering;

public sealed class FoldTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly Recorded _recorded = new();

    [Fact]
    public void Fold_counts_a_summed_refusal_as_often_as_it_happened_and_bills_none_of_it()
    {
        var row = Only(Record() with { Count = 700, Status = 401, Flags = RecordFlags.None, Quantity = 0 });
        Assert.Equal((700, 0, 0), (row.Sums.Calls, row.Sums.Billed, row.Sums.Units));
        Assert.Equal(4, row.Key.StatusClass);
    }

    [Fact]
    public void Fold_counts_a_checkpoint_as_a_part_of_the_call_that_ends_later()
    {
        var row = Only(
            Record() with { Kind = RecordKind.Checkpoint, Count = 0, Quantity = 20, BytesDown = 100 },
            Record() with { Kind = RecordKind.Checkpoint, Count = 0, Quantity = 0, BytesDown = 50 },
            Record() with { Quantity = 0, BytesDown = 7 });
        Assert.Equal((1, 1, 20, 157), (row.Sums.Calls, row.Sums.Billed, row.Sums.Units, row.Sums.BytesDown));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(99, 0)]
    [InlineData(499, 4)]
    [InlineData(65535, 9)]
    public void Fold_puts_every_status_into_a_class_of_one_digit(int status, int expected) =>
        Assert.Equal(expected, Only(Record() with { Status = (ushort)status }).Key.StatusClass);

    [Fact]
    public void Fold_charges_each_quota_that_the_record_names_in_the_period_of_its_admission()
    {
        var all = QuotaScopes.KeyDay | QuotaScopes.KeyMonth | QuotaScopes.AppDay | QuotaScopes.AppMonth
            | QuotaScopes.PlanDay | QuotaScopes.PlanMonth;
        var last = Micros(new(2026, 3, 31, 23, 59, 59, 999, TimeSpan.Zero));
        var first = Micros(new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero));
        var one = Record() with { Quotas = all, Quantity = 3, AtMicros = last };
        var spent = Fold(one, one with { AtMicros = first, Quantity = 5 }).Spent();
        var (march, lastDay, april) = (new DateOnly(2026, 3, 1), new DateOnly(2026, 3, 31), new DateOnly(2026, 4, 1));
        Assert.Equal(12, spent.Count);
        Assert.Equal(3, spent[new QuotaKey(one.Key, QuotaScopes.KeyDay, lastDay)]);
        Assert.Equal(3, spent[new QuotaKey(one.App, QuotaScopes.AppMonth, march)]);
        Assert.Equal(3, spent[new QuotaKey(one.Organization, QuotaScopes.PlanMonth, march)]);
        Assert.Equal(5, spent[new QuotaKey(one.Key, QuotaScopes.KeyDay, april)]);
        Assert.Equal(5, spent[new QuotaKey(one.Organization, QuotaScopes.PlanDay, april)]);
    }

    [Fact]
    public void Fold_replaces_what_the_database_cannot_hold_in_a_name()
    {
        var service = _recorded.Journal.Name("a\0b");
        _recorded.Append(Record() with { ServiceName = service });
        var fold = Read();
        Assert.Equal("a\uFFFDb", fold.Name(Assert.Single(fold.Rows).Key.Service));
    }

    [Fact]
    public void Fold_keeps_names_apart_over_segments_and_after_it_was_cleared()
    {
        using var cursor = new PumpCursor(_recorded.Folder, JournalPosition.Start);
        var fold = new Fold();
        for (var i = 0; i < 200; i++)
        {
            var name = $"method-{i % 7}";
            _recorded.Append(Record() with { MethodName = _recorded.Journal.Name(name), Quantity = i });
            Assert.True(cursor.Read(fold, int.MaxValue, ownerDead: false));
            Assert.Equal(name, fold.Name(Assert.Single(fold.Rows).Key.Method));
            fold.Clear();
        }
    }

    private (FoldKey Key, Sums Sums) Only(params ReadOnlySpan<JournalRecord> records)
    {
        var row = Assert.Single(Fold(records).Rows);
        return (row.Key, row.Value);
    }

    private Fold Fold(params ReadOnlySpan<JournalRecord> records)
    {
        foreach (var record in records) _recorded.Append(record);
        return Read();
    }

    private Fold Read()
    {
        var fold = new Fold();
        using var cursor = new PumpCursor(_recorded.Folder, JournalPosition.Start);
        Assert.True(cursor.Read(fold, int.MaxValue, ownerDead: false));
        return fold;
    }

    private static long Micros(DateTimeOffset at) => at.ToUnixTimeMilliseconds() * 1000;

    private static JournalRecord Record() => new()
    {
        Kind = RecordKind.Usage,
        Flags = RecordFlags.Billed,
        AtMicros = Micros(Noon),
        Organization = new Guid(1, 0, 0, new byte[8]),
        App = new Guid(2, 0, 0, new byte[8]),
        Key = new Guid(3, 0, 0, new byte[8]),
        Status = 200,
        Quantity = 1,
        Count = 1,
    };

    public void Dispose() => _recorded.Dispose();
}
