using System.Globalization;

namespace Sluice.Host.Portal.Kit;

/// <summary>How moments, ids and amounts are told.</summary>
internal static class Moments
{
    private const int DaysTold = 30;

    public static string Tell(DateTimeOffset at, DateTimeOffset now, TimeZoneInfo zone, TimeShape shape) => shape switch
    {
        TimeShape.Exact => Format(at, zone, "d MMM yyyy, HH:mm"),
        TimeShape.Day => Format(at, zone, "d MMM yyyy"),
        _ => Relative(at, now) ?? Format(at, zone, "d MMM yyyy"),
    };

    public static string Utc(DateTimeOffset at) => Format(at, TimeZoneInfo.Utc, "d MMM yyyy, HH:mm:ss 'UTC'");

    /// <summary>"org_01JD…4F7K": kind, beginning and end are enough to compare two.</summary>
    public static string Short(string id)
    {
        var tail = id.IndexOf('_', StringComparison.Ordinal) + 1;
        return id.Length - tail <= 12 ? id : $"{id[..(tail + 4)]}…{id[^4..]}";
    }

    private static string? Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var ago = now - at;
        var (before, after) = ago < TimeSpan.Zero ? ("in ", "") : ("", " ago");
        var span = ago.Duration();
        if (span < TimeSpan.FromSeconds(45)) return ago < TimeSpan.Zero ? "in a moment" : "just now";
        if (span < TimeSpan.FromMinutes(60)) return Told(Math.Max(1, span.TotalMinutes), "minute");
        if (span < TimeSpan.FromHours(24)) return Told(span.TotalHours, "hour");
        return span < TimeSpan.FromDays(DaysTold) ? Told(span.TotalDays, "day") : null;

        string Told(double amount, string unit)
        {
            var number = (int)amount;
            return string.Create(CultureInfo.InvariantCulture, $"{before}{number} {unit}{(number == 1 ? "" : "s")}{after}");
        }
    }

    private static string Format(DateTimeOffset at, TimeZoneInfo zone, string format) =>
        TimeZoneInfo.ConvertTime(at, zone).ToString(format, CultureInfo.InvariantCulture);
}
