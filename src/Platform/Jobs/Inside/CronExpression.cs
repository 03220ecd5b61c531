using System.Globalization;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>The five fields of cron as sets of bits, read strictly. UTC, so that no hour comes twice or not at all.</summary>
internal sealed class CronExpression
{
    private const int HorizonYears = 8; // From a 29 February to the next there are at most eight.

    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _days;
    private readonly ulong _months;
    private readonly ulong _weekdays;
    private readonly bool _eitherDay;

    private CronExpression(string[] fields)
    {
        _minutes = Field(fields[0], "minute", 0, 59);
        _hours = Field(fields[1], "hour", 0, 23);
        _days = Field(fields[2], "day of month", 1, 31);
        _months = Field(fields[3], "month", 1, 12);
        var weekdays = Field(fields[4], "day of week", 0, 7);
        _weekdays = (weekdays | (weekdays >> 7)) & 0x7F;
        _eitherDay = fields[2][0] != '*' && fields[4][0] != '*';
    }

    /// <summary>Throws <see cref="FormatException"/> with the field and the fault.</summary>
    public static CronExpression Parse(string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5) throw new FormatException($"'{text}' has {fields.Length} fields; cron has five.");
        var cron = new CronExpression(fields);
        // Such as 31 2: it would never be due.
        _ = cron.Next(DateTimeOffset.UnixEpoch);
        return cron;
    }

    /// <summary>The first matching minute after a moment.</summary>
    public DateTimeOffset Next(DateTimeOffset after)
    {
        var at = new DateTimeOffset(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0, TimeSpan.Zero).AddMinutes(1);
        var end = at.AddYears(HorizonYears);
        while (at < end)
        {
            if (!Has(_months, at.Month)) at = new DateTimeOffset(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
            else if (!DayMatches(at)) at = new DateTimeOffset(at.Date, TimeSpan.Zero).AddDays(1);
            else if (!Has(_hours, at.Hour)) at = at.AddMinutes(60 - at.Minute);
            else if (!Has(_minutes, at.Minute)) at = at.AddMinutes(1);
            else return at;
        }
        throw new FormatException("No day of the calendar matches the day of month and the month.");
    }

    /// <summary>Whether a minute matches: what <see cref="Next"/> looks for.</summary>
    public bool Matches(DateTimeOffset at) =>
        Has(_minutes, at.Minute) && Has(_hours, at.Hour) && Has(_months, at.Month) && DayMatches(at);

    private bool DayMatches(DateTimeOffset at)
    {
        var (day, weekday) = (Has(_days, at.Day), Has(_weekdays, (int)at.DayOfWeek));
        return _eitherDay ? day || weekday : day && weekday;
    }

    private static bool Has(ulong set, int value) => (set >> value & 1) != 0;

    private static ulong Field(string text, string name, int least, int most)
    {
        ulong set = 0;
        foreach (var part in text.Split(','))
        {
            var (range, step) = part.Split('/') switch
            {
                [var all] => (all, 1),
                [var all, var every] when Number(every) is { } n and > 0 => (all, n),
                _ => throw Fault(part),
            };
            var (from, to) = range == "*" ? (least, most) : range.Split('-') switch
            {
                [var one] when Number(one) is { } n => (n, part.Contains('/', StringComparison.Ordinal) ? most : n),
                [var first, var last] when Number(first) is { } a && Number(last) is { } b => (a, b),
                _ => throw Fault(part),
            };
            if (from < least || to > most || from > to) throw Fault(part);
            for (var value = from; value <= to; value += step) set |= 1UL << value;
        }
        return set;

        FormatException Fault(string part) =>
            new($"'{part}' is no {name}: it is *, {least} to {most}, a range a-b, a step */n, or a list.");
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
