using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway.Rules;
using Xunit;

namespace Sluice.Unit.Gateway.Rules;

public sealed class CompiledRulesTests
{
    [Fact]
    public void No_rule_allows_all()
    {
        var rules = CompiledRules.Compile([], [], [], [], [], []);
        Assert.Same(CompiledRules.None, rules);
        Assert.True(rules.AllowsService("base"));
        Assert.True(rules.AllowsMethod("x"u8));
        Assert.True(rules.AllowsUserAgent(""));
        Assert.True(rules.AllowsNetwork(IPAddress.Loopback));
        Assert.Equal(OriginDecision.Unrestricted, rules.CheckOrigin("https://a.example"));
        Assert.True(rules.CheckContracts("eth_unheard"u8, "[]"u8).Allowed);
    }

    [Fact]
    public void Unreadable_values_restrict_and_allow_nothing()
    {
        var rules = CompiledRules.Compile([""], [" "], ["0x12"], ["everywhere"], [""], ["10.0.0.0/99"]);
        Assert.False(rules.AllowsService("base"));
        Assert.False(rules.AllowsMethod("eth_call"u8));
        Assert.False(rules.AllowsUserAgent("curl"));
        Assert.False(rules.AllowsNetwork(IPAddress.Parse("10.0.0.1")));
        Assert.Equal(OriginDecision.Refused, rules.CheckOrigin("https://everywhere"));
        Assert.Equal(OriginDecision.Refused, rules.CheckOrigin("everywhere"));
        Assert.False(rules.CheckContracts("eth_getCode"u8, "[\"0x12\"]"u8).Allowed);
    }

    [Fact]
    public void Values_of_a_type_are_alternatives()
    {
        var rules = CompiledRules.Compile(["base", "gnosis"], ["eth_*", "net_version"], [], [], ["curl/*", "*MyApp*"], []);
        Assert.True(rules.AllowsService("gnosis"));
        Assert.False(rules.AllowsService("Base"));
        Assert.True(rules.AllowsMethod("net_version"u8));
        Assert.True(rules.AllowsMethod("eth_call"u8));
        Assert.False(rules.AllowsMethod("debug_eth_"u8));
        Assert.True(rules.AllowsUserAgent("Mozilla/5.0 myapp/2"));
        Assert.False(rules.AllowsUserAgent(""));
    }

    [Fact]
    public void Method_pattern_beyond_ascii_matches_its_bytes()
    {
        var rules = CompiledRules.Compile([], ["größe_*"], [], [], [], []);
        Assert.True(rules.AllowsMethod("größe_1"u8));
        Assert.False(rules.AllowsMethod(Encoding.Latin1.GetBytes("größe_1")));
    }

    [Theory]
    [InlineData("https://app.example", "https://app.example", true)]
    [InlineData("https://app.example", "https://app.example:443", true)]
    [InlineData("https://app.example:443", "HTTPS://APP.Example", true)]
    [InlineData("https://app.example", "http://app.example", false)]
    [InlineData("https://app.example", "https://app.example:8443", false)]
    [InlineData("https://app.example", "https://app.example.evil.test", false)]
    [InlineData("https://app.example", "https://evil.test/https://app.example", false)]
    [InlineData("https://app.example", "https://app.example/", false)]
    [InlineData("https://app.example", "https://user@app.example", false)]
    [InlineData("https://app.example", "https://app.example, https://evil.test", false)]
    [InlineData("https://app.example", "https://app.example:", false)]
    [InlineData("https://app.example", "https://app.example:0443", true)]
    [InlineData("https://app.example", "https://app.example:65979", false)]
    [InlineData("https://app.example", "null", false)]
    [InlineData("null", "null", true)]
    [InlineData("null", "https://null", false)]
    [InlineData("http://localhost:3000", "http://localhost:3000", true)]
    [InlineData("http://localhost:3000", "http://localhost:3001", false)]
    [InlineData("http://[::1]:3000", "http://[::1]:3000", true)]
    [InlineData("https://*.app.example", "https://a.app.example", true)]
    [InlineData("https://*.app.example", "https://A.b.App.example", true)]
    [InlineData("https://*.app.example", "https://app.example", false)]
    [InlineData("https://*.app.example", "https://.app.example", false)]
    [InlineData("https://*.app.example", "https://evilapp.example", false)]
    [InlineData("https://*.app.example", "https://x:1@a.app.example", false)]
    [InlineData("https://*.app.example", "https://evil.test?.app.example", false)]
    [InlineData("https://*.app.example", "https://evil.test#.app.example", false)]
    [InlineData("https://*.app.example", "https://evil.test\\.app.example", false)]
    [InlineData("https://*.app.example", "https://a.app.example:8443", false)]
    [InlineData("https://*.app.example:8443", "https://a.app.example:8443", true)]
    [InlineData("https://*", "https://a.example", false)]
    [InlineData("*", "https://a.example", false)]
    [InlineData("https://*app.example", "https://myapp.example", false)]
    [InlineData("chrome-extension://abcdefgh", "chrome-extension://abcdefgh", true)]
    public void Origin_must_be_listed(string listed, string origin, bool allowed) => Assert.Equal(
        allowed ? OriginDecision.Allowed : OriginDecision.Refused,
        CompiledRules.Compile([], [], [], [listed], [], []).CheckOrigin(origin));

    [Fact]
    public void Missing_origin_is_refused_under_a_rule() => Assert.Equal(
        OriginDecision.Missing, CompiledRules.Compile([], [], [], ["null"], [], []).CheckOrigin(""));

    [Fact]
    public void Text_of_any_kind_never_throws_and_is_no_listed_origin()
    {
        var rules = CompiledRules.Compile([], [], [], ["https://*.app.example", "https://app.example"], [], []);
        Law.Holds(Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
            rules.CheckOrigin(text ?? "") is OriginDecision.Missing or OriginDecision.Refused
            && rules.CheckOrigin($"https://evil.test/{text}.app.example") == OriginDecision.Refused));
    }
}
