using System.Globalization;
using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Notices.Inside.Mail;

namespace Sluice.Platform.Notices.Inside.Alerts;

/// <summary>A rule that was crossed, and the words for it. Pure.</summary>
/// <param name="Level">What was reached: units, or a percentage.</param>
/// <param name="Value">What is used, or the calls that failed.</param>
/// <param name="Limit">Of what: the quota, or all calls; equal to the level for usage.</param>
/// <param name="Begin">Of the period or the window.</param>
internal sealed record Crossing(AlertRule Rule, long Level, long Value, long Limit, DateTimeOffset Begin)
{
    public string Title => Rule.Rule.Kind switch
    {
        AlertKind.Usage => Text($"{Level:#,0} units used {Span}"),
        AlertKind.Errors => Text($"{Level} % of calls fail"),
        AlertKind.Quota => Text($"{Level} % of the {(Rule.Rule.Period == AlertPeriod.Day ? "daily" : "monthly")} quota is used"),
        _ => throw new ArgumentOutOfRangeException(nameof(Rule)),
    };

    public string Body => Rule.Rule.Kind switch
    {
        AlertKind.Usage => Text($"{Value:#,0} units were used since {Begin.UtcDateTime:d MMMM yyyy, HH:mm} UTC."),
        AlertKind.Errors => Text($"{Value:#,0} of {Limit:#,0} calls failed in the last {Rule.Rule.WindowMinutes} minutes."),
        AlertKind.Quota => Text($"{Value:#,0} of {Limit:#,0} units were used since {Begin.UtcDateTime:d MMMM yyyy} (UTC)."),
        _ => throw new ArgumentOutOfRangeException(nameof(Rule)),
    };

    private string Span => Rule.Rule.Period switch
    {
        AlertPeriod.Hour => "this hour",
        AlertPeriod.Day => "today",
        AlertPeriod.Month => "this month",
        _ => throw new ArgumentOutOfRangeException(nameof(Rule)),
    };

    /// <summary>The fact that tells of it.</summary>
    public Told Fact(string organization, DateTimeOffset now) => new(
        Rule.Organization, Permission.AlertsRead, EventTypes.Alert, Title, Body, $"/console/{Rule.Organization}/alerts",
        Rule.Rule.Channels, Letters.Alert,
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["title"] = Title,
            ["body"] = Body,
            ["rule"] = Rule.Rule.Name,
            ["organization"] = organization,
        },
        new OrganizationEvent(
            WireId.New<WebhookEventId>(), Rule.Organization, EventTypes.Alert, now,
            JsonSerializer.SerializeToElement(
                new
                {
                    alert = Rule.Id,
                    name = Rule.Rule.Name,
                    kind = Rule.Rule.Kind,
                    level = Level,
                    value = Value,
                    limit = Limit,
                    since = Begin,
                    title = Title,
                }, Http.Json)));

    /// <summary>The begin of the period that a moment is in, UTC.</summary>
    public static DateTimeOffset BeginOf(AlertPeriod period, DateTimeOffset at) => period switch
    {
        AlertPeriod.Hour => new(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero),
        AlertPeriod.Day => new(at.Year, at.Month, at.Day, 0, 0, 0, TimeSpan.Zero),
        AlertPeriod.Month => new(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero),
        _ => throw new ArgumentOutOfRangeException(nameof(period)),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
