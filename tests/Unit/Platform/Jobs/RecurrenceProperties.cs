using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Platform.Jobs;
using Sluice.Platform.Jobs.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Jobs;

public sealed class RecurrenceProperties
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<DateTimeOffset> Moments =
        from seconds in Gen.Choose(0, 4 * 365 * 24 * 3600)
        from ticks in Gen.Choose(0, 9_999_999)
        select Start.AddSeconds(seconds).AddTicks(ticks);

    [Fact]
    public void Next_of_an_interval_is_its_least_multiple_that_is_later()
    {
        var cases =
            from at in Moments
            from seconds in Gen.Choose(1, 1_000_000)
            select (at, Interval: TimeSpan.FromSeconds(seconds));
        Law.Holds(100, Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var next = Recurrence.Every(c.Interval).Next(c.at);
            return next > c.at && next - c.at <= c.Interval && (next - DateTimeOffset.UnixEpoch).Ticks % c.Interval.Ticks == 0;
        }));
    }

    [Fact]
    public void Next_of_cron_is_the_first_minute_that_matches()
    {
        var field = (int least, int most) =>
            from kind in Gen.Choose(0, 4)
            from a in Gen.Choose(least, most)
            from b in Gen.Choose(least, most)
            from step in Gen.Choose(1, most)
            select kind switch
            {
                0 or 1 => "*",
                2 => Text($"{a}"),
                3 => Text($"{Math.Min(a, b)}-{Math.Max(a, b)}"),
                _ => Text($"{a},{b},{least}/{step}"),
            };
        var cases =
            from minute in field(0, 59)
            from hour in field(0, 23)
            from weekday in field(0, 7)
            from at in Moments
            select (Expression: $"{minute} {hour} * * {weekday}", at);
        Law.Holds(100, Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var cron = CronExpression.Parse(c.Expression);
            var next = cron.Next(c.at);
            if (next <= c.at || !cron.Matches(next) || next.Second != 0) return false;
            // None in between, minute by minute.
            for (var at = c.at.AddMinutes(1); at < next; at = at.AddMinutes(1))
                if (cron.Matches(new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, at.Minute, 0, TimeSpan.Zero))) return false;
            return true;
        }));
    }

    [Theory]
    [InlineData("0 3 * * *", "2026-03-01T02:59:59Z", "2026-03-01T03:00:00Z")]
    [InlineData("0 3 * * *", "2026-03-01T03:00:00Z", "2026-03-02T03:00:00Z")]
    [InlineData("*/15 * * * *", "2026-03-01T03:16:00Z", "2026-03-01T03:30:00Z")]
    [InlineData("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 31 * *", "2026-04-01T00:00:00Z", "2026-05-31T00:00:00Z")]
    [InlineData("30 4 1,15 * 5", "2026-05-02T00:00:00Z", "2026-05-08T04:30:00Z")]
    [InlineData("0 12 * * 7", "2026-05-05T00:00:00Z", "2026-05-10T12:00:00Z")]
    [InlineData("0 0 1 1 *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")]
    [InlineData("5-10/5 22-23 * 12 1-5", "2026-12-04T23:10:00Z", "2026-12-07T22:05:00Z")]
    public void Cron_reads_as_cron_does(string expression, string after, string next) => Assert.Equal(
        Time(next), Recurrence.Cron(expression).Next(Time(after)));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("1, * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("@daily")]
    [InlineData("0 0 31 2 *")]
    public void Cron_that_is_none_or_never_due_is_refused(string expression) =>
        Assert.Throws<FormatException>(() => Recurrence.Cron(expression));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
