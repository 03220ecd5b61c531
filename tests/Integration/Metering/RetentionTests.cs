using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Integration.Metering;

/// <summary>Minutes are dropped and hours become days, and who asks further back is told.</summary>
public sealed class RetentionTests(PostgresCluster postgres)
{
    private static readonly DateTimeOffset Today = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
    private static readonly Guid Me = Guid.CreateVersion7();

    [Fact]
    public async Task Old_minutes_go_and_old_hours_become_days_with_the_same_sums()
    {
        var folder = MeteringSetup.NewFolder();
        await using var setup = await Kept(folder);
        Assert.Equal(0, await setup.Number($"SELECT count(*) FROM metering.minutes WHERE start < '{Today.AddDays(-3):yyyy-MM-dd}'"));
        Assert.Equal(0, await setup.Number($"SELECT count(*) FROM metering.hours WHERE start < '{Today.AddDays(-10):yyyy-MM-dd}'"));
        Assert.Equal(12, await setup.Number("SELECT count(DISTINCT start) FROM metering.days"));
        Assert.Equal(22, await setup.Number("SELECT (SELECT sum(calls) FROM metering.hours) + (SELECT sum(calls) FROM metering.days)"));
        Assert.Null((await setup.Books.Compare()).Difference);

        // A journal that is found late adds to a day that has moved already.
        using var late = new TestJournal(folder);
        late.Append(MeteringSetup.Record(Me, 9, Today.AddDays(-20).AddHours(3)));
        late.Die();
        await setup.Journals.TakeOver(folder);
        await Keep(setup);
        Assert.Equal(23, await setup.Number("SELECT (SELECT sum(calls) FROM metering.hours) + (SELECT sum(calls) FROM metering.days)"));
        Assert.Equal(2, await setup.Number($"SELECT sum(calls) FROM metering.days WHERE start = '{Today.AddDays(-20):yyyy-MM-dd}'"));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(UsageBucket.Minute, -2 * 1440, -1440, null)]
    [InlineData(UsageBucket.Minute, -5 * 1440, -1440, "by the minute")]
    [InlineData(UsageBucket.Hour, -9 * 1440, -1440, null)]
    [InlineData(UsageBucket.Hour, -9 * 1440 + 1, -1440, "whole hour")]
    [InlineData(UsageBucket.Hour, -11 * 1440, -1440, "by the hour")]
    [InlineData(UsageBucket.Day, -30 * 1440, 0, null)]
    [InlineData(UsageBucket.Total, -30 * 1440, 1, null)]
    [InlineData(UsageBucket.Total, -30 * 1440 + 60, 0, "midnight")]
    [InlineData(UsageBucket.Total, -30 * 1440, -15 * 1440 + 60, "midnight")]
    public async Task Usage_says_when_a_span_is_older_than_what_is_kept(UsageBucket bucket, int from, int to, string? refused)
    {
        var folder = MeteringSetup.NewFolder();
        await using var setup = await Kept(folder);
        var answer = await setup.Usage.Usage(
            new UsageQuery(null, Today.AddMinutes(from), Today.AddMinutes(to), bucket, []), Actor.System);
        if (refused is null)
        {
            Assert.True(answer.Ok, answer.Refusal?.Message);
            var days = Enumerable.Range(1, 22).Count(day => -day * 1440 + 720 >= from && -day * 1440 + 720 < to);
            Assert.Equal((days, 2 * days), ((int)answer.Value.Sum(r => r.Calls), (int)answer.Value.Sum(r => r.Units)));
        }
        else
        {
            Assert.Equal("metering.span-old", answer.Refusal?.Code);
            Assert.Contains(refused, answer.Refusal!.Message, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }

    // A call at each noon of the last 22 days; minutes are kept for 3 days, hours for 10.
    private async Task<MeteringSetup> Kept(string folder)
    {
        var setup = new MeteringSetup(
            await postgres.CreateDatabase(), folder, o => (o.MinuteDays, o.HourDays) = (3, 10));
        using var journal = new TestJournal(folder);
        for (var day = 1; day <= 22; day++) journal.Append(MeteringSetup.Record(Me, 2, Today.AddDays(-day).AddHours(12)));
        journal.Die();
        await setup.Journals.TakeOver(folder);
        await Keep(setup);
        return setup;
    }

    private static async Task Keep(MeteringSetup setup)
    {
        var worker = setup.Worker("RetentionJob");
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await Until.True(
            async () => await setup.Number(
                $"SELECT (SELECT count(*) FROM metering.minutes WHERE start < '{Today.AddDays(-3):yyyy-MM-dd}') "
                + $"+ (SELECT count(*) FROM metering.hours WHERE start < '{Today.AddDays(-10):yyyy-MM-dd}')") == 0,
            "old rollups are cut");
        await worker.StopAsync(TestContext.Current.CancellationToken);
    }
}
