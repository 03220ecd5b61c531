using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Metering;
using Sluice.Platform.Metering.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Metering;

public sealed class LogQueryTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("?from=yesterday", "from is a time")]
    [InlineData("?from=0001-01-01T00:00:00Z", "from is a time")]
    [InlineData("?to=0001-01-01T00:00:00Z", "to is a time")]
    [InlineData("?to=9999-12-31T23:59:59Z", "to is a time")]
    [InlineData("?to=2026-13-01", "to is a time")]
    [InlineData("?app=key_01", "app is an id")]
    [InlineData("?app=nonsense", "app is an id")]
    [InlineData("?key=", null)]
    [InlineData("?status=-1", "status is a whole number")]
    [InlineData("?status=2e2", "status is a whole number")]
    [InlineData("?limit=99999999999", "limit is a whole number")]
    [InlineData("?limit=5&limit=6", "limit stands more than once")]
    [InlineData("?requestId=%00", "requestId is what")]
    [InlineData("?requestid=", "requestid is unknown")]
    [InlineData("?form=csv", "form is unknown")]
    [InlineData("?from=2026-03-31T14:00:00%2B02:00", null)]
    [InlineData("", null)]
    public void A_log_query_is_refused_with_what_is_wrong(string query, string? fault)
    {
        var text = Read(query);
        LogQueryText.Read(text, Now);
        var refusal = text.Refusal();
        if (fault is null)
        {
            Assert.Null(refusal);
            return;
        }
        Assert.Equal(("api.query-invalid", 400), (refusal!.Code, refusal.Status));
        Assert.StartsWith(fault, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_with_several_faults_names_them_all()
    {
        var text = Read("?from=x&status=y&colour=z");
        LogQueryText.Read(text, Now);
        text.Refusal();
        Assert.Equal(3, text.Faults.Count);
    }

    [Theory]
    [InlineData("bucket", "decade", "bucket is one of minute, hour, day, total.")]
    [InlineData("bucket", "1", "bucket is one of minute, hour, day, total.")]
    [InlineData("bucket", "HOUR", null)]
    [InlineData("cached", "yes", "cached is true or false.")]
    [InlineData("cached", "TRUE", null)]
    public void A_usage_query_is_refused_with_the_choices(string name, string value, string? fault)
    {
        var text = Read($"?{name}={value}");
        text.Choice("bucket", UsageBucket.Total);
        text.Flag("cached");
        Assert.Equal(fault, text.Refusal()?.Message);
    }

    [Fact]
    public void A_query_between_nodes_reads_as_it_was_written()
    {
        var query = new LogQuery(
            new OrganizationId(Guid.CreateVersion7()), Now.AddMicroseconds(-1234567), Now, new AppId(Guid.CreateVersion7()),
            new KeyId(Guid.CreateVersion7()), "a&b=c", "eth_call#+é", 429, Guid.CreateVersion7(), 17);
        var text = Read(LogQueryText.Write(query));
        Assert.Equal(query, LogQueryText.Read(text, Now.AddDays(1)));
        Assert.Null(text.Refusal());
    }

    [Fact]
    public void A_log_query_without_a_time_means_the_last_hour_until_now_included()
    {
        var query = LogQueryText.Read(Read(""), Now);
        Assert.True(query.From < Now && query.To > Now);
        Assert.Equal(TimeSpan.FromHours(1).ToString("c", CultureInfo.InvariantCulture), (query.To - query.From).ToString());
    }

    private static QueryText Read(string query) => new(new QueryCollection(QueryHelpers.ParseQuery(query)));
}
