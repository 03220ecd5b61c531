using Sluice.Platform.Jobs.Inside;

namespace Sluice.Platform.Jobs;

/// <summary>When a schedule is due: in UTC, the same in every process.</summary>
public sealed class Recurrence
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly Func<DateTimeOffset, DateTimeOffset> _next;

    private Recurrence(string text, Func<DateTimeOffset, DateTimeOffset> next) => (Text, _next) = (text, next);

    /// <summary>As it is stored and shown: <c>every 00:15:00</c>, <c>cron 0 3 * * *</c>.</summary>
    public string Text { get; }

    /// <summary>At whole multiples of an interval of a second or more, counted from 1970.</summary>
    public static Recurrence Every(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, Shortest);
        return new($"every {interval:c}", after =>
        {
            var since = after - DateTimeOffset.UnixEpoch;
            return DateTimeOffset.UnixEpoch + interval * (Math.Floor(since / interval) + 1);
        });
    }

    /// <summary>
    /// By the five fields of cron: minute, hour, day of month, month, day of week (0 or 7 is Sunday), each <c>*</c>, a
    /// number, a range, a step or a list. Where both days are restricted, either may match.
    /// </summary>
    public static Recurrence Cron(string expression)
    {
        var cron = CronExpression.Parse(expression);
        return new($"cron {expression}", cron.Next);
    }

    /// <summary>The first due time after this one.</summary>
    public DateTimeOffset Next(DateTimeOffset after) => _next(after.ToUniversalTime());
}
