using Sluice.Platform;
using Sluice.Platform.Catalog;
using Sluice.Platform.Catalog.Inside.Reading;
using Xunit;

namespace Sluice.Unit.Platform.Catalog;

public sealed class PlansReaderTests
{
    [Fact]
    public void A_plan_reads_as_written()
    {
        var plan = Read("""
            {"name":"pro","title":"Pro","services":["solana","ethereum"],"appsMax":5,"keysMax":6,
             "limits":{"requestsPerSecond":1,"unitsPerSecond":2,"dailyUnits":3,"monthlyUnits":4,"cap":"soft"}}
            """);
        Assert.Equal(("pro", "Pro", 5, 6), (plan.Name, plan.Title, plan.AppsMax, plan.KeysMax));
        Assert.Equal(["ethereum", "solana"], plan.Services);
        Assert.Equal(new LimitSet { RequestsPerSecond = 1, UnitsPerSecond = 2, DailyUnits = 3, MonthlyUnits = 4, Cap = QuotaCap.Soft }, plan.Limits);
    }

    [Fact]
    public void What_a_plan_leaves_out_is_limited_as_the_free_plan_is()
    {
        var plan = Read("""{"name":"pro","title":"Pro","limits":{"dailyUnits":5}}""");
        Assert.Equal(PlanDefinition.Free.Limits with { DailyUnits = 5 }, plan.Limits);
        Assert.Equal(PlanDefinition.Free.Limits, Read("""{"name":"pro","title":"Pro"}""").Limits);
    }

    [Fact]
    public void Null_says_that_there_is_no_limit() =>
        Assert.Equal(
            PlanDefinition.Free.Limits with { DailyUnits = null, MonthlyUnits = null },
            Read("""{"name":"pro","title":"Pro","limits":{"dailyUnits":null,"monthlyUnits":null}}""").Limits);

    [Theory]
    [InlineData("\"name\":\"Pro Max\",\"title\":\"P\"", "$.plans[0].name: \"Pro Max\" is no name")]
    [InlineData("\"name\":\"pro\"", "$.plans[0].title: is missing")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\",\"price\":1", "$.plans[0].price: is unknown")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\",\"services\":[]", "$.plans[0].services: allows nothing")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\",\"services\":[\"*\",\"a b\"]", "$.plans[0].services[1]: \"a b\" is no name of a service")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\",\"services\":[\"eth\",\"eth\"]", "$.plans[0].services[1]: \"eth\" stands twice")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\",\"limits\":{\"cap\":\"none\"}", "$.plans[0].limits.cap: \"none\" is unknown. Use one of hard, soft")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\",\"limits\":{\"requestsPerSecond\":0}", "$.plans[0].limits.requestsPerSecond: is 0, must be from 1")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\",\"limits\":{\"dailyUnits\":-1}", "$.plans[0].limits.dailyUnits: is -1")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\",\"appsMax\":0", "$.plans[0].appsMax: is 0")]
    [InlineData("\"name\":\"pro\",\"title\":\"P\"},{\"name\":\"pro\",\"title\":\"P\"", "$.plans[1].name: \"pro\" stands twice in this file")]
    public void A_plan_at_fault_is_told_where_and_why(string properties, string expected)
    {
        var faults = new Faults();
        PlansReader.Read($$"""{"plans":[{{{properties}}}]}""", faults);
        Assert.StartsWith(expected, Assert.Single(faults.Listed()), StringComparison.Ordinal);
    }

    private static PlanDefinition Read(string plan)
    {
        var faults = new Faults();
        var plans = PlansReader.Read($$"""{"plans":[{{plan}}]}""", faults);
        Assert.Empty(faults.Listed());
        return Assert.Single(plans);
    }
}
