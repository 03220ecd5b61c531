using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway.Rules;
using Sluice.Platform.Keys;
using Sluice.Platform.Keys.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Keys;

public sealed class RuleCheckTests
{
    private static readonly HashSet<string> Services = new(StringComparer.Ordinal) { "ethereum", "base" };

    [Theory]
    [InlineData("https://App.Example", "https://app.example")]
    [InlineData("https://app.example:443", "https://app.example")]
    [InlineData("http://localhost:3000", "http://localhost:3000")]
    [InlineData("https://*.app.example", "https://*.app.example")]
    [InlineData("https://bücher.example", "https://xn--bcher-kva.example")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080")]
    [InlineData("chrome-extension://NKBIHFBEOGAEAOEHLEFNKODBEFGPGKNN", "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn")]
    public void An_origin_is_kept_as_browsers_send_it(string given, string kept) =>
        Assert.Equal([kept], Good(new() { Origins = [given] }).Origins);

    [Theory]
    [InlineData("app.example")]
    [InlineData("https://")]
    [InlineData("https://app.example/path")]
    [InlineData("https://user@app.example")]
    [InlineData("https://a.*.example")]
    [InlineData("https://*")]
    [InlineData("https://*.com")]
    [InlineData("https://app.example:0")]
    [InlineData("https://app.example:99999")]
    [InlineData("https://app.example:")]
    [InlineData("ftp://app.example")]
    [InlineData("chrome-extension://")]
    [InlineData("null")]
    [InlineData("*")]
    public void What_is_no_origin_is_refused_with_its_place(string given) =>
        Assert.StartsWith($"origins[0] '{given}' ", Assert.Single(Faults(new() { Origins = [given] })), StringComparison.Ordinal);

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("203.0.113.0/24", "203.0.113.0/24")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:DB8::/32", "2001:db8::/32")]
    [InlineData("::1", "::1")]
    public void A_network_is_kept_in_one_form(string given, string kept) =>
        Assert.Equal([kept], Good(new() { Networks = [given] }).Networks);

    [Theory]
    [InlineData("203.0.113.7/24", "write '203.0.113.0/24' for the network or '203.0.113.7' for the address")]
    [InlineData("2001:db8::1/32", "write '2001:db8::/32'")]
    [InlineData("::ffff:203.0.113.7", "write '203.0.113.7'")]
    [InlineData("10.1", "is no address")]
    [InlineData("0x0a000001", "is no address")]
    [InlineData("10.0.0.0/33", "from 0 to 32")]
    [InlineData("10.0.0.0/-1", "from 0 to 32")]
    [InlineData("10.0.0.0/", "from 0 to 32")]
    [InlineData("fe80::1%eth0", "is no address")]
    [InlineData("[::1]:80", "is no address")]
    [InlineData("example.com", "is no address")]
    public void What_is_no_network_is_refused_with_the_fix(string given, string fix) =>
        Assert.Contains(fix, Assert.Single(Faults(new() { Networks = [given] })), StringComparison.Ordinal);

    [Theory]
    [InlineData("0x5FbDB2315678afecb367f032d93F642f64180aa3", true)]
    [InlineData("0X5FBDB2315678AFECB367F032D93F642F64180AA3", true)]
    [InlineData("5FbDB2315678afecb367f032d93F642f64180aa3", false)]
    [InlineData("0x5FbDB2315678afecb367f032d93F642f64180aa", false)]
    [InlineData("0x5FbDB2315678afecb367f032d93F642f64180aag", false)]
    public void A_contract_is_an_address(string given, bool good)
    {
        if (good)
            Assert.Equal(["0x5fbdb2315678afecb367f032d93f642f64180aa3"], Good(new() { Contracts = [given] }).Contracts);
        else
            Assert.Single(Faults(new() { Contracts = [given] }));
    }

    [Fact]
    public void All_faults_are_told_at_once_and_good_values_beside_them_are_not()
    {
        var faults = Faults(new()
        {
            Services = ["ethereum", "etherium"],
            Methods = ["eth_*", "", "eth call"],
            Networks = ["10.0.0.0/8", "x"],
            UserAgents = ["Mozilla/5.0 *", "caf\u00e9"],
        });
        Assert.Equal(
            ["services[1] 'etherium' ", "methods[1] '' ", "methods[2] 'eth call' ", "userAgents[1] 'café' ", "networks[1] 'x' "],
            faults.Select(f => f[..(f.IndexOf("' ", StringComparison.Ordinal) + 2)]));
    }

    [Fact]
    public void A_hundred_values_of_a_type_pass_and_one_more_does_not()
    {
        var hundred = Enumerable.Range(0, RuleCheck.ValuesMax).Select(i => $"m_{i}").ToList();
        Assert.Equal(hundred, Good(new() { Methods = hundred }).Methods);
        Assert.Contains("at most 100", Assert.Single(Faults(new() { Methods = [.. hundred, "more"] })), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_given_twice_are_kept_once_and_absent_types_are_empty()
    {
        var kept = Good(new() { Methods = ["eth_call", " eth_call "], Origins = ["https://a.b", "https://A.b:443"], Networks = null! });
        Assert.Equal(["eth_call"], kept.Methods);
        Assert.Equal(["https://a.b"], kept.Origins);
        Assert.Empty(kept.Networks);
    }

    [Fact]
    public void Any_text_is_a_rule_or_a_fault_and_what_is_kept_is_kept_again() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(), text =>
        {
            AppRules rules = new()
            {
                Services = [text],
                Methods = [text],
                Contracts = [text],
                Origins = ["https://" + text],
                UserAgents = [text],
                Networks = [text],
            };
            foreach (var one in new AppRules[]
            {
                new() { Methods = rules.Methods }, new() { Origins = rules.Origins }, new() { UserAgents = rules.UserAgents },
            })
            {
                var first = RuleCheck.Check(one, Services);
                if (!first.Ok) continue;
                var again = RuleCheck.Check(first.Value, Services);
                Assert.True(again.Ok);
                Assert.Equal(first.Value.Methods, again.Value.Methods);
                Assert.Equal(first.Value.Origins, again.Value.Origins);
                // What Keys keeps, the gateway can read: a rule that nothing matches would lock everybody out.
                Assert.All(first.Value.Origins, origin => Assert.NotNull(OriginPattern.Parse(origin)));
            }
            Assert.False(RuleCheck.Check(rules, Services).Ok);
        }).Holds();

    [Fact]
    public void Every_network_kept_is_one_that_the_gateway_reads() => Prop.ForAll(
        ArbMap.Default.ArbFor<uint>(), ArbMap.Default.ArbFor<int>(), (bits, length) =>
        {
            var prefix = (int)((uint)length % 33);
            var masked = prefix == 0 ? 0 : bits & (uint.MaxValue << (32 - prefix));
            var address = new IPAddress([(byte)(masked >> 24), (byte)(masked >> 16), (byte)(masked >> 8), (byte)masked]);
            var kept = Good(new() { Networks = [$"{address}/{prefix}"] }).Networks;
            return NetworkSet.Compile(kept).Contains(address);
        }).Holds();

    private static AppRules Good(AppRules rules)
    {
        var result = RuleCheck.Check(rules, Services);
        Assert.True(result.Ok, string.Join('\n', result.Refusal?.Details ?? []));
        return result.Value;
    }

    private static IReadOnlyList<string> Faults(AppRules rules) => RuleCheck.Check(rules, Services).Refusal?.Details ?? [];
}
