using System.Globalization;
using Sluice.Host.Portal.Kit;

namespace Sluice.Host.Portal.Account;

/// <summary>Time zones to choose from: one that people know for each rule in use. Any other may be set by the API.</summary>
internal static class Zones
{
    private static readonly string[] Known =
    [
        "UTC", "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Phoenix",
        "America/Chicago", "America/Mexico_City", "America/New_York", "America/Bogota", "America/Halifax", "America/Caracas",
        "America/Santiago", "America/St_Johns", "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "Atlantic/Azores",
        "Africa/Lagos", "Europe/Lisbon", "Europe/London", "Europe/Berlin", "Europe/Madrid", "Europe/Paris", "Europe/Rome",
        "Europe/Zurich", "Europe/Warsaw", "Africa/Cairo", "Africa/Johannesburg", "Europe/Athens", "Europe/Kyiv",
        "Asia/Jerusalem", "Europe/Istanbul", "Africa/Nairobi", "Asia/Riyadh", "Asia/Tehran", "Asia/Dubai", "Asia/Karachi",
        "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh", "Asia/Shanghai",
        "Asia/Hong_Kong", "Asia/Singapore", "Asia/Taipei", "Australia/Perth", "Asia/Seoul", "Asia/Tokyo", "Australia/Adelaide",
        "Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland",
    ];

    /// <summary>All of them, and the one in use.</summary>
    public static IReadOnlyList<Choice> Choices(string present) =>
    [
        .. Known.Append(present).Distinct(StringComparer.Ordinal)
            .Where(name => TimeZoneInfo.TryFindSystemTimeZoneById(name, out _))
            .Select(name => (Name: name, Offset: TimeZoneInfo.FindSystemTimeZoneById(name).BaseUtcOffset))
            .OrderBy(zone => zone.Offset).ThenBy(zone => zone.Name, StringComparer.Ordinal)
            .Select(zone => new Choice(zone.Name, $"{Told(zone.Offset)} {zone.Name.Replace('_', ' ')}")),
    ];

    private static string Told(TimeSpan offset) => string.Create(
        CultureInfo.InvariantCulture, $"{(offset < TimeSpan.Zero ? '−' : '+')}{offset:hh\\:mm}");
}
