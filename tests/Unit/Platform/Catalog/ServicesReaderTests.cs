using Sluice.Platform;
using Sluice.Platform.Catalog;
using Sluice.Platform.Catalog.Inside.Reading;
using Xunit;

namespace Sluice.Unit.Platform.Catalog;

public sealed class ServicesReaderTests
{
    private const string Service = """
        {"name":"eth","title":"Ethereum","prices":{"defaultUnits":20}}
        """;

    [Fact]
    public void A_full_service_reads_as_written()
    {
        var service = Assert.Single(Good("""
            {
              // comments are allowed
              "priceSets": {"evm": {"eth_chainId": 1, "eth_call": 20}},
              "services": [{
                "name": "ethereum", "title": "Ethereum", "description": "Main.", "protocol": "jsonRpc", "chain": "evm",
                "chainId": "1", "enabled": true, "durable": true, "version": 7,
                "prices": {"defaultUnits": 30, "sets": ["evm"], "methods": {"eth_call": 26}, "unlistedAllowed": false},
                "limits": {"batchMax": 10, "timeoutMs": 5000},
                "billing": {"clientErrors": false, "messageUpUnits": 2, "messageDownUnits": 3, "pushUnits": 4},
                "cache": [{"method": "eth_chainId", "ttlMs": 1000}],
                "upstreams": [
                  {"name": "a", "url": "https://rpc.example.org", "socketUrl": "wss://rpc.example.org",
                   "headers": {"Authorization": "Bearer ${env:TOKEN}"}, "concurrencyMax": 5},
                  {"name": "b", "kind": "gatewayKit", "url": "${env:KIT_URL}", "target": "0021"},
                  {"name": "c", "kind": "path", "url": "file:/run/secrets/path", "target": "eth"}]
              }]
            }
            """));
        Assert.Equal(("ethereum", "Ethereum", "Main."), (service.Name, service.Title, service.Description));
        Assert.Equal((ServiceProtocol.JsonRpc, ChainFamily.Evm, "1"), (service.Protocol, service.Chain, service.ChainId));
        Assert.Equal((true, true, 1), (service.Enabled, service.Durable, service.Version));
        Assert.Equal((30, false), (service.Prices.DefaultUnits, service.Prices.UnlistedAllowed));
        Assert.Equal((1, 26), (service.Prices.Methods["eth_chainId"], service.Prices.Methods["eth_call"]));
        Assert.Equal((10, 5000, 64), (service.Limits.BatchMax, service.Limits.TimeoutMs, service.Limits.DepthMax));
        Assert.Equal(new BillingChoices { ClientErrors = false, MessageUpUnits = 2, MessageDownUnits = 3, PushUnits = 4 }, service.Billing);
        Assert.Equal(new CacheRule("eth_chainId", 1000), Assert.Single(service.Cache));
        Assert.Equal([UpstreamKind.Plain, UpstreamKind.GatewayKit, UpstreamKind.Path], service.Upstreams.Select(u => u.Kind));
        Assert.Equal("Bearer ${env:TOKEN}", service.Upstreams[0].Headers["authorization"]);
        Assert.Equal(("wss://rpc.example.org", 5), (service.Upstreams[0].SocketUrl, service.Upstreams[0].ConcurrencyMax));
    }

    [Fact]
    public void A_service_without_more_takes_the_defaults()
    {
        var service = Assert.Single(Good($$"""{"services":[{{Service}}]}"""));
        Assert.False(service.Enabled);
        Assert.Equal(new ServiceLimits(), service.Limits);
        Assert.Equal(new BillingChoices(), service.Billing);
        Assert.Empty(service.Upstreams);
    }

    [Theory]
    [InlineData("", "$: not JSON at line 1, byte 1")]
    [InlineData("{\"services\":[],}", "$: not JSON at line 1, byte 16")]
    [InlineData("[]", "$: is an array, must be an object")]
    [InlineData("{}", "$.services: is missing")]
    [InlineData("{\"services\":{}}", "$.services: is an object, must be an array")]
    [InlineData("{\"services\":[1]}", "$.services[0]: is a number, must be an object")]
    [InlineData("{\"services\":[],\"x y\":1}", "$[\"x y\"]: is unknown")]
    [InlineData("{\"services\":[],\"services\":[]}", "$.services: stands twice")]
    [InlineData("{\"services\":[],\"\\ud800\":1}", "$: a property name is not valid Unicode")]
    [InlineData("{\"services\":[],\"priceSets\":{\"a\":{\"m\":-1}}}", "$.priceSets.a: is no name for a price set", "$.priceSets.a.m: is -1, must be from 0")]
    public void A_file_at_fault_is_told_where_and_why(string json, params string[] expected) => Bad(json, expected);

    [Theory]
    [InlineData("\"name\":\"E th\"", "$.services[0].name: \"E th\" is no name")]
    [InlineData("\"name\":\"-eth\"", "$.services[0].name: \"-eth\" is no name")]
    [InlineData("\"name\":\"x\"", "$.services[0].name: \"x\" is no name")]
    [InlineData("\"name\":\"portal\"", "$.services[0].name: \"portal\" is reserved")]
    [InlineData("\"name\":5", "$.services[0].name: is a number, must be a text")]
    [InlineData("\"name\":null", "$.services[0].name: is missing")]
    [InlineData("\"title\":\"\"", "$.services[0].title: is empty")]
    [InlineData("\"title\":\"a\\u0007\"", "$.services[0].title: holds a control character")]
    [InlineData("\"title\":\"\\udfff\"", "$.services[0].title: is not valid Unicode")]
    [InlineData("\"colour\":1", "$.services[0].colour: is unknown. Remove it, or use one of billing, cache")]
    [InlineData("\"enabled\":true", "$.services[0].enabled: is true without an upstream")]
    [InlineData("\"enabled\":\"yes\"", "$.services[0].enabled: is a text, must be true or false")]
    [InlineData("\"protocol\":\"grpc\"", "$.services[0].protocol: \"grpc\" is unknown. Use one of jsonRpc, http")]
    [InlineData("\"chain\":\"EVM\"", "$.services[0].chain: \"EVM\" is unknown. Use one of none, evm, solana")]
    [InlineData("\"chain\":\"evm\",\"chainId\":1", "$.services[0].chainId: is a number, must be a text")]
    [InlineData("\"chain\":\"evm\",\"chainId\":\"0x1\"", "$.services[0].chainId: is no EVM chain id")]
    [InlineData("\"chainId\":\"1\"", "$.services[0].chainId: stands without a chain")]
    [InlineData("\"prices\":null", "$.services[0].prices: is missing")]
    [InlineData("\"prices\":{}", "$.services[0].prices.defaultUnits: is missing")]
    [InlineData("\"prices\":{\"defaultUnits\":-1}", "$.services[0].prices.defaultUnits: is -1, must be from 0 to 1000000000")]
    [InlineData("\"prices\":{\"defaultUnits\":1.5}", "$.services[0].prices.defaultUnits: must be a whole number")]
    [InlineData("\"prices\":{\"defaultUnits\":\"1\"}", "$.services[0].prices.defaultUnits: is a text, must be a whole number")]
    [InlineData("\"prices\":{\"defaultUnits\":1,\"sets\":[\"evm\"]}", "$.services[0].prices.sets[0]: \"evm\" is no price set")]
    [InlineData("\"prices\":{\"defaultUnits\":1,\"methods\":{\"a\\u0000b\":1}}", "$.services[0].prices.methods[\"a\\u0000b\"]: holds a control character")]
    [InlineData("\"prices\":{\"defaultUnits\":1,\"methods\":{\"eth_*\":1}}", "$.services[0].prices.methods[\"eth_*\"]: holds * or a space")]
    [InlineData("\"prices\":{\"defaultUnits\":1,\"methods\":{\"a\":1,\"a\":2}}", "$.services[0].prices.methods.a: stands twice")]
    [InlineData("\"protocol\":\"http\",\"prices\":{\"defaultUnits\":1,\"methods\":{\"get /x\":1}}", "is no plain HTTP method")]
    [InlineData("\"limits\":{\"batchMax\":0}", "$.services[0].limits.batchMax: is 0, must be from 1 to 1000")]
    [InlineData("\"limits\":{\"batchMax\":1001}", "$.services[0].limits.batchMax: is 1001, must be from 1 to 1000")]
    [InlineData("\"limits\":{\"speed\":1}", "$.services[0].limits.speed: is unknown")]
    [InlineData("\"billing\":{\"pushUnits\":-1}", "$.services[0].billing.pushUnits: is -1")]
    [InlineData("\"cache\":[{\"method\":\"m\"}]", "$.services[0].cache[0].ttlMs: is missing")]
    [InlineData("\"cache\":[{\"method\":\"m\",\"ttlMs\":1},{\"method\":\"m\",\"ttlMs\":2}]", "$.services[0].cache[1].method: \"m\" has a rule already")]
    [InlineData("\"cache\":[{\"method\":\"m\",\"ttlMs\":86400001}]", "$.services[0].cache[0].ttlMs: is 86400001")]
    [InlineData("\"cache\":[{\"method\":\"eth_sendRawTransaction\",\"ttlMs\":1}]", "$.services[0].cache[0].ttlMs: keeps answers of \"eth_sendRawTransaction\", which sends or signs something. Write 0, or remove the rule.")]
    [InlineData("\"cache\":[{\"method\":\"eth_getFilterChanges\",\"ttlMs\":1}]", "which uses a filter that the node keeps for one asker. Write 0")]
    [InlineData("\"cache\":[{\"method\":\"eth_getTransactionCount\",\"ttlMs\":1}]", "which tells what the next transaction needs")]
    [InlineData("\"cache\":[{\"method\":\"eth_subscribe\",\"ttlMs\":1}]", "which belongs to one socket")]
    [InlineData("\"protocol\":\"http\",\"cache\":[{\"method\":\"GET /x\",\"ttlMs\":1}]", "$.services[0].cache[0]: is a cache rule of a plain HTTP service, whose answers are never kept. Remove it.")]
    public void A_service_at_fault_is_told_where_and_why(string property, params string[] expected) =>
        Bad(With(property), expected);

    [Theory]
    [InlineData("\"url\":\"http://a.example\"", "$.services[0].upstreams[0].name: is missing")]
    [InlineData("\"name\":\"a\"", "$.services[0].upstreams[0].url: is missing")]
    [InlineData("\"name\":\"a\",\"url\":\"a.example\"", "upstreams[0].url: is no URL. Write http://… or https://…")]
    [InlineData("\"name\":\"a\",\"url\":\"ftp://a.example\"", "upstreams[0].url: has the wrong scheme")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"socketUrl\":\"http://a.example\"", "upstreams[0].socketUrl: has the wrong scheme. Write ws://… or wss://…")]
    [InlineData("\"name\":\"a\",\"url\":\"http://u:hunter22@a.example\"", "upstreams[0].url: holds a user or password. Put the whole URL into an environment variable")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example/?apikey=hunter22\"", "upstreams[0].url: holds a credential in its query. Write apikey=${env:NAME}")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example/#x\"", "upstreams[0].url: ends in a fragment")]
    [InlineData("\"name\":\"a\",\"url\":\"${env:bad-name}\"", "upstreams[0].url: holds a reference that is none")]
    [InlineData("\"name\":\"a\",\"url\":\"${env:SLUICE_DATABASE}\"", "upstreams[0].url: refers to a setting of Sluice itself")]
    [InlineData("\"name\":\"a\",\"url\":\"file:secret\"", "upstreams[0].url: refers to a relative path")]
    [InlineData("\"name\":\"a\",\"url\":\"sealed:v1.a.b\"", "upstreams[0].url: is an encrypted value")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"kind\":\"magic\"", "upstreams[0].kind: \"magic\" is unknown. Use one of plain, gatewayKit, path")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"target\":\"eth\"", "upstreams[0].target: is for gatewayKit and path")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"kind\":\"gatewayKit\",\"target\":\"21\"", "upstreams[0].target: must be Gateway Kit's chain id")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"kind\":\"path\"", "upstreams[0].target: must be PATH's service id")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"kind\":\"gatewayKit\",\"target\":\"0021\",\"socketUrl\":\"ws://a.example\"", "upstreams[0].socketUrl: is of no use")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"headers\":{\"Host\":\"x\"}", "upstreams[0].headers.Host: is set by the gateway itself")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"headers\":{\"a b\":\"x\"}", "upstreams[0].headers[\"a b\"]: is no header name")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"headers\":{\"A\":\"hunter22\\n\"}", "upstreams[0].headers.A: holds a control character")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"headers\":{\"A\":\"hunter22é\"}", "upstreams[0].headers.A: holds a character that no header may carry")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"headers\":{\"A\":\"x\",\"a\":\"y\"}", "upstreams[0].headers.a: stands twice in another case")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\",\"concurrencyMax\":0", "upstreams[0].concurrencyMax: is 0, must be from 1 to 65536")]
    [InlineData("\"name\":\"a\",\"url\":\"http://a.example\"},{\"name\":\"a\",\"url\":\"http://b.example\"", "upstreams[1].name: \"a\" stands twice in this service")]
    public void An_upstream_at_fault_is_told_where_and_why_without_its_values(string properties, params string[] expected)
    {
        var all = Bad(With($$"""
            "upstreams":[{{{properties}}}]
            """), expected);
        Assert.DoesNotContain("hunter22", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Gateway_kit_does_not_carry_a_plain_http_service() => Bad(With("""
        "protocol":"http","upstreams":[{"name":"a","kind":"gatewayKit","target":"0021","url":"http://a.example"}]
        """), "upstreams[0].kind: gatewayKit takes JSON-RPC posts only");

    [Fact]
    public void A_rule_that_keeps_nothing_may_name_any_method() => Assert.Equal(
        new CacheRule("eth_sendRawTransaction", 0),
        Assert.Single(Assert.Single(Good(With("\"cache\":[{\"method\":\"eth_sendRawTransaction\",\"ttlMs\":0}]"))).Cache));

    [Fact]
    public void All_faults_are_told_at_once() => Bad("""
        {"services":[{"name":"api","prices":{"defaultUnits":-1},"x":1},{"name":"eth","title":"E","prices":{"defaultUnits":1}},
        {"name":"eth","title":"E","prices":{"defaultUnits":1},"limits":{"batchMax":"9"}}]}
        """,
        "$.services[0].name: \"api\" is reserved", "$.services[0].title: is missing",
        "$.services[0].prices.defaultUnits: is -1", "$.services[0].x: is unknown",
        "$.services[2].name: \"eth\" stands twice in this file", "$.services[2].limits.batchMax: is a text");

    [Fact]
    public void More_methods_than_the_limit_are_refused_and_the_limit_itself_is_not()
    {
        Assert.Equal(2000, Assert.Single(Good(With(Methods(2000)))).Prices.Methods.Count);
        Bad(With(Methods(2001)), "$.services[0].prices.methods: lists more than 2000 methods");

        static string Methods(int count) =>
            "\"prices\":{\"defaultUnits\":1,\"methods\":{"
            + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"m{i}\":1")) + "}}";
    }

    // Attributes cannot carry half a surrogate pair, so it is made here.
    [Fact]
    public void A_file_that_is_no_unicode_is_refused() =>
        Bad("{\"services\":[]}" + (char)0xD800, "$: the file is not valid Unicode");

    [Fact]
    public void A_file_over_4_MiB_is_refused() =>
        Bad("{\"services\":[]}" + new string(' ', 4 * 1024 * 1024), "$: the file is larger than 4 MiB");

    [Fact]
    public void More_faults_than_are_listed_are_counted()
    {
        var faults = new Faults();
        ServicesReader.Read(With(string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"x{i}\":1"))), faults);
        Assert.Equal(300, faults.Count);
        Assert.Equal("… and 100 more.", faults.Listed()[^1]);
    }

    // The property under test takes the place of the good one of the same name.
    private static string With(string property)
    {
        var good = new (string Name, string Text)[]
        {
            ("\"name\":", "\"name\":\"eth\""), ("\"title\":", "\"title\":\"Ethereum\""), ("\"prices\":", "\"prices\":{\"defaultUnits\":20}"),
        };
        var rest = good.Where(g => !property.TrimStart().StartsWith(g.Name, StringComparison.Ordinal)
            && !property.Contains("," + g.Name + "{\"defaultUnits\"", StringComparison.Ordinal));
        return $$"""{"services":[{{{string.Join(',', rest.Select(g => g.Text).Append(property))}}}]}""";
    }

    private static IReadOnlyList<ServiceDefinition> Good(string json)
    {
        var faults = new Faults();
        var services = ServicesReader.Read(json, faults);
        Assert.Empty(faults.Listed());
        return services;
    }

    private static string Bad(string json, params string[] expected)
    {
        var faults = new Faults();
        ServicesReader.Read(json, faults);
        var all = string.Join('\n', faults.Listed());
        foreach (var text in expected) Assert.Contains(text, all, StringComparison.Ordinal);
        Assert.Equal(expected.Length, faults.Count);
        return all;
    }
}
