using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Alerts;

/// <summary>Checks what a rule is to be: all faults at once.</summary>
internal static class AlertRules
{
    private const long UnitsMax = 1_000_000_000_000_000;
    private const int LevelsMax = 5;
    private const int WindowMinutesMax = 1440;
    private const long CallsMax = 1_000_000_000;

    public static Result<AlertRequest> Check(AlertRequest request)
    {
        var faults = new Faults();
        var name = request.Name.Trim();
        if (Names.Fault(name) is { } wrong) faults.Add("name", wrong);
        if (request.Channels.Count == 0) faults.Add("channels", "is empty. Name inbox, mail or webhook.");
        switch (request.Kind)
        {
            case AlertKind.Usage:
                if (request.Units is not (>= 1 and <= UnitsMax)) faults.Add("units", $"must be from 1 to {UnitsMax}.");
                if (request.Percents.Count > 0) faults.Add("percents", "belongs to the kinds errors and quota. Remove it.");
                break;
            case AlertKind.Errors:
                if (request.Percents is not [>= 1 and <= 100]) faults.Add("percents", "must be one number from 1 to 100.");
                if (request.WindowMinutes is < 1 or > WindowMinutesMax)
                    faults.Add("windowMinutes", $"must be from 1 to {WindowMinutesMax}.");
                if (request.CallsMin is < 1 or > CallsMax) faults.Add("callsMin", $"must be from 1 to {CallsMax}.");
                break;
            case AlertKind.Quota:
                if (request.Period == AlertPeriod.Hour) faults.Add("period", "must be day or month: quotas have no hour.");
                if (request.Percents.Count is 0 or > LevelsMax || request.Percents.Any(level => level is < 1 or > 100))
                    faults.Add("percents", $"must be 1 to {LevelsMax} numbers from 1 to 100.");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(request));
        }
        if (request.Units is not null && request.Kind != AlertKind.Usage)
            faults.Add("units", "belongs to the kind usage. Remove it.");
        return faults.None
            ? request with
            {
                Name = name,
                Percents = [.. request.Percents.Distinct().Order()],
                Channels = [.. request.Channels.Distinct().Order()],
            }
            : Refusal.Invalid("notices.alert-invalid", "The alert rule cannot be as it was asked for.", faults.Listed());
    }
}
