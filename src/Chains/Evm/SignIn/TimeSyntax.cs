using System.Globalization;

namespace Sluice.Chains.Evm.SignIn;

/// <summary>The <c>date-time</c> of RFC 3339, section 5.6, to the letter.</summary>
internal static class TimeSyntax
{
    private const int SecondsEnd = 19;

    public static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads a time of the years 1 to 9999. Of a fraction, what is finer than 100 ns is dropped; a leap second, which is only
    /// at the end of a day of UTC, is the second after it.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length <= SecondsEnd || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or 't')
            || text[13] != ':' || text[16] != ':'
            || !TryNumber(text[..4], 9999, out var year) || !TryNumber(text[5..7], 12, out var month)
            || !TryNumber(text[8..10], 31, out var day) || !TryNumber(text[11..13], 23, out var hour)
            || !TryNumber(text[14..16], 59, out var minute) || !TryNumber(text[17..SecondsEnd], 60, out var second)
            || !TryFraction(text[SecondsEnd..], out var ticks, out var rest) || !TryOffset(text[^rest..], out var offset)
            || year == 0 || month == 0 || day == 0 || day > DateTime.DaysInMonth(year, month))
            return false;
        var local = new DateTime(year, month, day, hour, minute, Math.Min(second, 59), DateTimeKind.Utc).Ticks;
        var utc = local + ticks - offset.Ticks;
        if (second == 60)
        {
            if (((utc - ticks) / TimeSpan.TicksPerSecond % 86400) != 86399) return false;
            utc += TimeSpan.TicksPerSecond;
        }

        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks) return false;
        time = new DateTimeOffset(utc, TimeSpan.Zero);
        return true;
    }

    // A dot and digits, if there is a dot; how many characters are left.
    private static bool TryFraction(ReadOnlySpan<char> text, out long ticks, out int rest)
    {
        (ticks, rest) = (0, text.Length);
        if (text[0] != '.') return true;
        var digits = text[1..];
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        if (end < 1) return false;
        var scale = TimeSpan.TicksPerSecond;
        foreach (var digit in digits[..end]) ticks += (digit - '0') * (scale /= 10);
        rest = digits.Length - end;
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        if (text is "Z" or "z") return true;
        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':'
            || !TryNumber(text[1..3], 23, out var hours) || !TryNumber(text[4..], 59, out var minutes))
            return false;
        offset = new TimeSpan(hours, minutes, 0);
        if (text[0] == '-') offset = -offset;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> digits, int most, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit)) return false;
            number = (number * 10) + (digit - '0');
        }

        return number <= most;
    }
}
