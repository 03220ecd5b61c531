using Sluice.Host.Wiring;
using Sluice.Platform.Catalog;
using Xunit;

namespace Sluice.Unit.Host.Wiring;

public sealed class CatalogMappingTests
{
    [Theory]
    [InlineData(UpstreamKind.Plain, "https://node.example/rpc?x=1", "https://node.example/rpc?x=1", "wss://node.example/rpc?x=1")]
    [InlineData(UpstreamKind.GatewayKit, "http://kit.example:8080/", "http://kit.example:8080/relay/0021", "ws://kit.example:8080/relay/0021")]
    [InlineData(UpstreamKind.Path, "http://path.example:3069", "http://path.example:3069/v1", "ws://path.example:3069/v1")]
    [InlineData(UpstreamKind.Path, "http://path.example:3069/v1/", "http://path.example:3069/v1/", "ws://path.example:3069/v1/")]
    public void Upstream_is_addressed_as_its_kind_asks(UpstreamKind kind, string url, string calls, string sockets)
    {
        var config = CatalogMapping.ToConfig(Upstream(kind, url));
        Assert.Equal(calls, config.Url.AbsoluteUri);
        Assert.Equal(sockets, config.SocketUrl.AbsoluteUri);
    }

    [Fact]
    public void Path_upstream_is_told_the_service_in_a_header()
    {
        Assert.Contains(
            new KeyValuePair<string, string>("Target-Service-Id", "0021"),
            CatalogMapping.ToConfig(Upstream(UpstreamKind.Path, "http://path.example")).Headers);
        Assert.DoesNotContain(
            CatalogMapping.ToConfig(Upstream(UpstreamKind.GatewayKit, "http://kit.example")).Headers,
            header => header.Key == "Target-Service-Id");
    }

    [Fact]
    public void Soft_quota_never_leases()
    {
        var settings = CatalogMapping.ToSettings(new LimitSet { DailyUnits = 5, Cap = QuotaCap.Soft });
        Assert.Equal((5, false), (settings.DailyUnits, settings.Hard));
    }

    [Fact]
    public void Cache_rules_reach_the_data_plane_where_they_keep_anything()
    {
        var config = CatalogMapping.ToConfig(new ServiceDefinition
        {
            Name = "eth",
            Title = "Ethereum",
            Prices = new MethodPrices(1, new Dictionary<string, long>()),
            Cache = [new CacheRule("eth_chainId", 60_000), new CacheRule("eth_call", 0)],
        });
        Assert.Equal([new("eth_chainId", 60_000)], config.KeepMs);
    }

    private static UpstreamDefinition Upstream(UpstreamKind kind, string url) =>
        new("one", kind, url, null, "0021", new Dictionary<string, string> { ["Authorization"] = "x" });
}
