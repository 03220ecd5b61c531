using Sluice.Platform.Notices;
using Sluice.Platform.Notices.Inside.Alerts;
using Xunit;

namespace Sluice.Unit.Platform.Notices;

public sealed class AlertRulesTests
{
    private static readonly AlertRequest Quota = new(
        "Quota", AlertKind.Quota, AlertPeriod.Day, null, [100, 50, 80, 50], 15, 20, [AlertChannel.Mail, AlertChannel.Inbox, AlertChannel.Mail]);

    [Fact]
    public void A_rule_is_kept_in_one_form()
    {
        var kept = AlertRules.Check(Quota).Value;
        Assert.Equal([50, 80, 100], kept.Percents);
        Assert.Equal([AlertChannel.Inbox, AlertChannel.Mail], kept.Channels);
    }

    public static TheoryData<int, string> Faulty => new()
    {
        { 0, "period" }, { 1, "percents" }, { 2, "percents" }, { 3, "units" }, { 4, "units" }, { 5, "percents" },
        { 6, "percents" }, { 7, "windowMinutes" }, { 8, "callsMin" }, { 9, "channels" }, { 10, "name" },
    };

    [Theory]
    [MemberData(nameof(Faulty))]
    public void A_fault_names_its_field(int which, string field)
    {
        AlertRequest[] requests =
        [
            Quota with { Period = AlertPeriod.Hour },
            Quota with { Percents = [] },
            Quota with { Percents = [101] },
            Quota with { Units = 1 },
            Quota with { Kind = AlertKind.Usage, Percents = [], Units = 0 },
            Quota with { Kind = AlertKind.Usage, Units = 1 },
            Quota with { Kind = AlertKind.Errors, Percents = [1, 2] },
            Quota with { Kind = AlertKind.Errors, Percents = [5], WindowMinutes = 1441 },
            Quota with { Kind = AlertKind.Errors, Percents = [5], CallsMin = 0 },
            Quota with { Channels = [] },
            Quota with { Name = " " },
        ];
        var refusal = AlertRules.Check(requests[which]).Refusal!;
        Assert.Equal("notices.alert-invalid", refusal.Code);
        Assert.StartsWith($"{field}: ", Assert.Single(refusal.Details!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AlertPeriod.Hour, "2030-01-15T12:00:00Z")]
    [InlineData(AlertPeriod.Day, "2030-01-15T00:00:00Z")]
    [InlineData(AlertPeriod.Month, "2030-01-01T00:00:00Z")]
    public void A_period_begins_in_UTC(AlertPeriod period, string begin) => Assert.Equal(
        DateTimeOffset.Parse(begin, System.Globalization.CultureInfo.InvariantCulture),
        Crossing.BeginOf(period, new DateTimeOffset(2030, 1, 15, 12, 34, 56, TimeSpan.Zero)));
}
