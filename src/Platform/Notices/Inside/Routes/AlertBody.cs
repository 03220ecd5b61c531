using System.ComponentModel;
using Sluice.Kernel;

namespace Sluice.Platform.Notices.Inside.Routes;

/// <summary>A rule on the wire: flat.</summary>
internal sealed record AlertBody(
    AlertId Id, OrganizationId Organization, string Name, AlertKind Kind, AlertPeriod? Period, long? Units,
    IReadOnlyList<int> Percents, int? WindowMinutes, long? CallsMin, IReadOnlyList<AlertChannel> Channels,
    DateTimeOffset CreatedAt, DateTimeOffset? LastAt)
{
    public static AlertBody Of(AlertRule rule)
    {
        var errors = rule.Rule.Kind == AlertKind.Errors;
        return new AlertBody(
            rule.Id, rule.Organization, rule.Rule.Name, rule.Rule.Kind, errors ? null : rule.Rule.Period, rule.Rule.Units,
            rule.Rule.Percents, errors ? rule.Rule.WindowMinutes : null, errors ? rule.Rule.CallsMin : null,
            rule.Rule.Channels, rule.CreatedAt, rule.LastAt);
    }
}

/// <summary>What makes or replaces a rule, as it is described; it is read field by field.</summary>
internal sealed record NewAlertBody(
    [property: Description("1 to 100 characters.")] string Name,
    [property: Description("What it looks at.")] AlertKind Kind,
    [property: Description("Of usage and quota: what is under way (UTC). Quotas have no hour.")]
    AlertPeriod Period = AlertPeriod.Day,
    [property: Description("Of usage: told when so many units are used.")] long? Units = null,
    [property: Description("Of quota: 1 to 5 levels, otherwise 50, 80 and 100. Of errors: the one share.")]
    IReadOnlyList<int>? Percents = null,
    [property: Description("Of errors: how far back, 1 to 1440.")] int WindowMinutes = 15,
    [property: Description("Of errors: with fewer calls in the window nothing is told.")] long CallsMin = 20,
    [property: Description("Otherwise inbox and mail.")] IReadOnlyList<AlertChannel>? Channels = null);
