using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>An app's rules, from the wire to the refusal.</summary>
public sealed class RpcRuleTests
{
    private const string Usdc = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";

    [Fact]
    public async Task Service_rule_and_plan_refuse_other_services()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        await Refused(gateway, AppRuleLists.Empty with { Services = ["base"] }, "rule.service");
        await Passes(gateway, AppRuleLists.Empty with { Services = ["base", "eth"] });
        gateway.SetPlan(new PlanConfig(["base"], LimitSettings.None));
        await Refused(gateway, AppRuleLists.Empty, "plan.service");
    }

    [Fact]
    public async Task Method_rule_sees_what_the_node_will_see()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var rules = AppRuleLists.Empty with { Methods = ["eth_*", "net_version"] };
        await Passes(gateway, rules);
        await Passes(gateway, rules, RpcClient.WithId("1", "net_version", "[]"));
        await Passes(gateway, rules, RpcClient.WithId("1", "eth\\u005fcall"));
        await Refused(gateway, rules, "rule.method", RpcClient.WithId("1", "debug_traceCall"));
        await Refused(gateway, rules, "rule.method", RpcClient.WithId("1", "Eth_call"));
        await Refused(gateway, rules, "rule.method", RpcClient.WithId("1", "\\u0064ebug_eth_"));
    }

    [Fact]
    public async Task Contract_rule_judges_each_entry_of_a_batch_alone()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey(AppRuleLists.Empty with { Contracts = [Usdc] });
        var good = RpcClient.WithId("1", "eth_call", $$"""[{"to":"{{Usdc}}","data":"0x"},"latest"]""");
        var bad = RpcClient.WithId("2", "eth_call", """[{"to":"0x0000000000000000000000000000000000000001"},"latest"]""");
        var reply = await gateway.Post(key, $"[{good},{bad}]");

        Assert.Equal(200, reply.Status);
        Assert.True(reply.Json[0].TryGetProperty("result", out _));
        Assert.Equal("rule.contract", reply.Json[1].GetProperty("error").GetProperty("data").GetProperty("type").GetString());
        Assert.Equal(1, origin.Calls);
        Assert.Equal(403, (await gateway.Post(key, bad)).Status);
    }

    [Fact]
    public async Task Origin_rule_lets_the_page_read_the_answer_only_where_it_matches()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey(AppRuleLists.Empty with { Origins = ["https://shop.example", "https://*.shop.example"] }, publishable: true);
        foreach (var good in new[] { "https://shop.example", "https://a.shop.example" })
        {
            var reply = await gateway.Post(key, with: request => request.Headers.Add("Origin", good));
            Assert.Equal((200, good, "Origin"), (reply.Status, reply.Header("Access-Control-Allow-Origin"), reply.Header("Vary")));
            Assert.Null(reply.Header("Access-Control-Allow-Credentials"));
        }
        foreach (var bad in new[] { "https://evil.example", "http://shop.example", "https://shop.example.evil", "null", "https://sh\u00f6p.example" })
        {
            var reply = await gateway.Post(key, with: request => request.Headers.TryAddWithoutValidation("Origin", bad));
            Assert.Equal((403, "rule.origin"), (reply.Status, reply.Type));
            Assert.Null(reply.Header("Access-Control-Allow-Origin"));
            Assert.Equal("Origin", reply.Header("Vary"));
        }
        Assert.Equal("rule.origin", (await gateway.Post(key)).Type);
    }

    [Theory]
    [InlineData("https://\u00e9.example", 200)]
    [InlineData("https://any.example", 200)]
    public async Task Origin_that_no_rule_names_does_not_break_the_answer(string named, int status)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey();
        using var raw = await RawClient.Connect(gateway.Port);
        await raw.Send(RawClient.Request("/v1/eth", key.Text, RpcClient.Call, $"Origin: {named}", "Connection: close"));
        var answer = await raw.Receive();
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "content-type, x-api-key")]
    [InlineData("POST", "\u00e9")]
    [InlineData("\u00e9", "x")]
    public async Task Preflight_is_answered_permissively_without_a_key(string verb, string names)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        using var raw = await RawClient.Connect(gateway.Port);
        await raw.Send($"OPTIONS /v1/eth HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\nConnection: close\r\n"
            + $"Access-Control-Request-Method: {verb}\r\nAccess-Control-Request-Headers: {names}\r\n\r\n");
        var answer = await raw.Receive();
        Assert.StartsWith("HTTP/1.1 204 ", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: *\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Credentials", answer, StringComparison.Ordinal);
        Assert.Equal(verb == "POST", answer.Contains("Access-Control-Allow-Methods: POST", StringComparison.Ordinal));
        Assert.Empty(gateway.Records());
    }

    [Fact]
    public async Task User_agent_rule_matches_the_header()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var rules = AppRuleLists.Empty with { UserAgents = ["*ShopApp/*"] };
        await Refused(gateway, rules, "rule.user-agent");
        var reply = await gateway.Post(gateway.NewKey(rules), with: request => request.Headers.TryAddWithoutValidation("User-Agent", "x shopapp/2"));
        Assert.Equal(200, reply.Status);
    }

    [Fact]
    public async Task Network_rule_believes_a_forwarded_address_only_from_a_trusted_proxy()
    {
        await using var origin = MisbehavingOrigin.Start();
        var rules = AppRuleLists.Empty with { Networks = ["203.0.113.0/24"] };
        await using (var open = await GatewayFixture.Over(origin.Url))
        {
            var reply = await open.Post(open.NewKey(rules), with: request => request.Headers.Add("X-Forwarded-For", "203.0.113.7"));
            Assert.Equal("rule.network", reply.Type);
        }
        await using var behind = await GatewayFixture.Start(setup =>
        {
            setup.Services = [GatewaySetup.ServiceOver(origin.Url)];
            setup.Options = options => options.TrustedProxies.Add("127.0.0.0/8");
        });
        var key = behind.NewKey(rules);
        Assert.Equal(200, await Status("203.0.113.7"));
        Assert.Equal(200, await Status("198.51.100.1, 203.0.113.7"));
        Assert.Equal(403, await Status("203.0.113.7, 198.51.100.1"));
        Assert.Equal(403, await Status("nonsense"));
        Assert.Equal(200, (await behind.Post(behind.NewKey(AppRuleLists.Empty with { Networks = ["127.0.0.1/32"] }))).Status);

        async Task<int> Status(string chain) =>
            (await behind.Post(key, with: request => request.Headers.Add("X-Forwarded-For", chain))).Status;
    }

    [Fact]
    public async Task Rules_of_different_types_must_all_be_satisfied()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var rules = AppRuleLists.Empty with { Services = ["eth"], Methods = ["eth_getBalance"], Networks = ["127.0.0.0/8"] };
        await Passes(gateway, rules);
        await Refused(gateway, rules with { Networks = ["10.0.0.0/8"] }, "rule.network");
        await Refused(gateway, rules with { Methods = ["eth_call"] }, "rule.method");
    }

    private static async Task Passes(GatewayFixture gateway, AppRuleLists rules, string body = RpcClient.Call)
    {
        var reply = await gateway.Post(gateway.NewKey(rules), body);
        Assert.True(reply.Status == 200, reply.Body);
    }

    private static async Task Refused(GatewayFixture gateway, AppRuleLists rules, string type, string body = RpcClient.Call)
    {
        var reply = await gateway.Post(gateway.NewKey(rules), body);
        Assert.Equal((403, type), (reply.Status, reply.Type));
    }
}
