using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside;

/// <summary>Limits that a key or an app may have of its own. Pure.</summary>
internal static class LimitCheck
{
    public const int RequestsPerSecondMax = 1_000_000;
    public const long UnitsPerSecondMax = 1_000_000_000;
    // Far above any use, and far below where sums of quotas could overflow.
    public const long QuotaMax = 1_000_000_000_000_000;

    public static Refusal? Check(LimitSet limits)
    {
        List<string> faults = [];
        Range("requestsPerSecond", limits.RequestsPerSecond, 1, RequestsPerSecondMax, faults);
        Range("unitsPerSecond", limits.UnitsPerSecond, 1, UnitsPerSecondMax, faults);
        Range("dailyUnits", limits.DailyUnits, 0, QuotaMax, faults);
        Range("monthlyUnits", limits.MonthlyUnits, 0, QuotaMax, faults);
        if (!Enum.IsDefined(limits.Cap)) faults.Add("cap: write 'hard' or 'soft'.");
        return faults.Count == 0
            ? null
            : Refusal.Invalid("keys.limits-invalid", "The limits are out of range; nothing was changed.", faults);
    }

    private static void Range(string name, long? value, long least, long most, List<string> faults)
    {
        if (value is { } given && (given < least || given > most))
            faults.Add($"{name}: {given} is not between {least} and {most}; leave it out for no limit of its own.");
    }
}
