using System.Text;
using Sluice.Gateway.Snapshot;
using Xunit;

namespace Sluice.Unit.Gateway.Snapshot;

public sealed class MethodTableTests
{
    [Fact]
    public void Table_finds_each_listed_method_with_its_price()
    {
        var prices = Enumerable.Range(0, 200).ToDictionary(i => $"eth_method{i}", i => (long)i + 1);
        var table = new MethodTable(prices, 7, _ => 1);
        foreach (var (name, units) in prices)
        {
            var method = table.Find(Encoding.UTF8.GetBytes(name));
            Assert.Equal((name, units, true), (method.Name, method.Units, method.Listed));
        }
    }

    [Fact]
    public void Table_learns_unlisted_methods_up_to_a_bound()
    {
        var table = new MethodTable(new Dictionary<string, long>(), 7, _ => 1);
        Assert.Same(table.Find("eth_new"u8), table.Find("eth_new"u8));
        Assert.Equal((7, false), (table.Find("eth_new"u8).Units, table.Find("eth_new"u8).Listed));
        for (var i = 0; i < 2000; i++) table.Find(Encoding.UTF8.GetBytes($"flood_{i}"));
        Assert.Equal("(other)", table.Find("one_more"u8).Name);
        Assert.Equal("(other)", table.Find("with\nnewline"u8).Name);
        Assert.Equal("(other)", table.Find(Encoding.UTF8.GetBytes(new string('x', 5000))).Name);
    }

    [Fact]
    public void Method_is_never_repeated_when_it_was_not_learned()
    {
        var table = new MethodTable(new Dictionary<string, long>(), 7, _ => 1);
        Assert.True(table.Find("eth_call"u8).Repeatable);
        Assert.False(table.Find("eth_sendTransaction"u8).Repeatable);
        table = new MethodTable(new Dictionary<string, long>(), 7, _ => 1);
        for (var i = 0; i < 2000; i++) table.Find(Encoding.UTF8.GetBytes($"flood_{i}"));
        Assert.False(table.Find("eth_sendTransaction"u8).Repeatable);
    }

    [Fact]
    public void Table_knows_a_method_with_a_cache_rule_by_name_also_where_it_is_not_priced()
    {
        var table = new MethodTable(
            new Dictionary<string, long> { ["eth_call"] = 3 }, 7, _ => 1,
            new Dictionary<string, int> { ["eth_call"] = 10, ["eth_chainId"] = 20, ["eth_sign"] = 30 });
        for (var i = 0; i < 2000; i++) table.Find(Encoding.UTF8.GetBytes($"flood_{i}"));
        var (call, chainId) = (table.Find("eth_call"u8), table.Find("eth_chainId"u8));
        Assert.Equal((10, 3L, true), (call.KeepMs, call.Units, call.Listed));
        Assert.Equal(("eth_chainId", 20, 7L, false), (chainId.Name, chainId.KeepMs, chainId.Units, chainId.Listed));
        Assert.Equal(0, table.Find("eth_sign"u8).KeepMs);
        Assert.Equal(0, table.Find("eth_gasPrice"u8).KeepMs);
    }

    [Theory]
    [InlineData("GET", "/v2/users/1", "GET /v2/users")]
    [InlineData("GET", "/v2", "GET /v2")]
    [InlineData("POST", "/v2", "POST")]
    [InlineData("PATCH", "/v2", "PATCH")]
    public void Table_prices_a_route_by_its_longest_prefix(string verb, string path, string expected)
    {
        var table = new MethodTable(
            new Dictionary<string, long> { ["GET /v2"] = 1, ["GET /v2/users"] = 2, ["POST"] = 3 }, 7, _ => 1);
        Assert.Equal(expected, table.FindRoute(verb, path).Name);
    }
}
