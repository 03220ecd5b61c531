using System.IO.Compression;
using System.Text;
using Sluice.Integration.Origins;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>JSON-RPC 2.0 to the letter.</summary>
public sealed class RpcLetterTests
{
    public static TheoryData<string> Ids =>
    [
        "1", "0", "-5", "1.0", "1e2", "-0", "0.1e-7", "123456789012345678901234567890", "null", "\"\"", "\"1\"",
        "\"\\u0061\"", "\"a b\"", "\"é\"", "\"\\\"\\\\\"", "\"\\/\"", "9007199254740993", "\"" + new string('x', 5000) + "\"",
    ];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Id_comes_back_byte_for_byte_when_the_upstream_rewrites_ids(string id)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Rewriting;
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(gateway.NewKey(), RpcClient.WithId(id));

        Assert.Equal(200, reply.Status);
        Assert.Equal(id, reply.Json.GetProperty("id").GetRawText());
    }

    [Fact]
    public async Task Id_comes_back_byte_for_byte_through_a_real_chain()
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "No anvil: ./do test installs it.");
        await using var anvil = await AnvilNode.Start();
        await using var gateway = await GatewayFixture.Over(anvil.Url);
        var key = gateway.NewKey();
        foreach (var id in Ids.Select(row => row.Data))
        {
            var reply = await gateway.Post(key, RpcClient.WithId(id, "eth_chainId", "[]"));
            Assert.True(reply.Status == 200, id + reply.Body);
            Assert.Equal(id, reply.Json.GetProperty("id").GetRawText());
            Assert.Equal("0x7a69", reply.Json.GetProperty("result").GetString());
        }
        var wrong = await gateway.Post(key, RpcClient.WithId("1e2", "eth_getBalance", "[1,2,3,4]"));
        Assert.Equal((200, -32602), (wrong.Status, wrong.RpcCode));
        Assert.Equal("1e2", wrong.Json.GetProperty("id").GetRawText());
    }

    [Theory]
    [InlineData("123456789012345678901234567890")]
    [InlineData("1.0")]
    [InlineData("1E+2")]
    [InlineData("-0.0")]
    [InlineData("0.1000")]
    public async Task Numbers_travel_both_ways_unchanged(string number)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.JsonRpc((_, parameters) => parameters[0].GetRawText());
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(gateway.NewKey(), RpcClient.WithId("1", "m", $"[{number}]"));

        Assert.Contains($"[{number}]", Assert.Single(origin.Received).Text, StringComparison.Ordinal);
        Assert.Equal(number, reply.Json.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task Batch_keeps_its_order_when_answers_overtake_each_other()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = (exchange, ct) => Behaviours.After(
            TimeSpan.FromMilliseconds(exchange.Request.Text.Contains("\"id\":0", StringComparison.Ordinal) ? 200 : 1),
            Behaviours.JsonRpc())(exchange, ct);
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var ids = Enumerable.Range(0, 40).ToArray();
        var reply = await gateway.Post(
            gateway.NewKey(), $"[{string.Join(',', ids.Select(id => RpcClient.WithId($"{id}", "m", $"[{id}]")))}]");

        Assert.Equal(ids, reply.Json.EnumerateArray().Select(answer => answer.GetProperty("id").GetInt32()));
        Assert.Equal(ids, reply.Json.EnumerateArray().Select(answer => answer.GetProperty("result").GetInt32()));
    }

    public static TheoryData<string, int, int, string> Malformed => new()
    {
        { "", 400, -32700, "null" },
        { "{", 400, -32700, "null" },
        { "nonsense", 400, -32700, "null" },
        { RpcClient.Call + "x", 400, -32700, "null" },
        { RpcClient.Call + RpcClient.Call, 400, -32700, "null" },
        { "[" + RpcClient.Call + ",", 400, -32700, "null" },
        { "[]", 400, -32600, "null" },
        { "7", 400, -32600, "null" },
        { "\"text\"", 400, -32600, "null" },
        { "null", 400, -32600, "null" },
        { "{}", 400, -32600, "null" },
        { """{"id":1,"method":"m"}""", 400, -32600, "1" },
        { """{"jsonrpc":2.0,"id":1,"method":"m"}""", 400, -32600, "1" },
        { """{"jsonrpc":"1.0","id":"a","method":"m"}""", 400, -32600, "\"a\"" },
        { """{"jsonrpc":"2.0","id":1}""", 400, -32600, "1" },
        { """{"jsonrpc":"2.0","id":1,"method":""}""", 400, -32600, "1" },
        { """{"jsonrpc":"2.0","id":1,"method":5}""", 400, -32600, "1" },
        { """{"jsonrpc":"2.0","id":1,"method":null}""", 400, -32600, "1" },
        { """{"jsonrpc":"2.0","id":[1],"method":"m"}""", 400, -32600, "null" },
        { """{"jsonrpc":"2.0","id":true,"method":"m"}""", 400, -32600, "null" },
        { """{"jsonrpc":"2.0","id":{},"method":"m"}""", 400, -32600, "null" },
        { """{"jsonrpc":"2.0","id":1.50,"method":"m","params":5}""", 400, -32602, "1.50" },
        { """{"jsonrpc":"2.0","id":1,"method":"m","params":null}""", 400, -32602, "1" },
        { """{"jsonrpc":"2.0","id":1,"method":"m","method":"n"}""", 400, -32600, "1" },
        { """{"jsonrpc":"2.0","id":1,"method":"m","params":[],"\u0070arams":[]}""", 400, -32600, "1" },
        { """{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", 400, -32700, "null" },
        { "\uFEFF" + RpcClient.Call, 400, -32700, "null" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Request_is_refused_with_code_status_and_id_when_it_is_malformed(string body, int status, int code, string id)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(gateway.NewKey(), body);

        Assert.Equal((status, code), (reply.Status, reply.RpcCode));
        Assert.Equal(id, reply.Json.GetProperty("id").GetRawText());
        Assert.Equal("2.0", reply.Json.GetProperty("jsonrpc").GetString());
        Assert.Equal("application/json", reply.Header("Content-Type"));
        Assert.Equal(0, origin.Calls);
        Assert.Equal(0, Assert.Single(await gateway.Records(1)).Raw.Quantity);
    }

    [Fact]
    public async Task Body_that_is_no_UTF8_is_a_parse_error()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var bytes = Encoding.Latin1.GetBytes(RpcClient.WithId("1", "m", "[\"\u00e9\"]"));
        var reply = await gateway.Post(gateway.NewKey(), bytes);

        Assert.Equal((400, -32700, "rpc.parse"), (reply.Status, reply.RpcCode, reply.Type));
    }

    [Fact]
    public async Task Nesting_is_refused_when_it_is_deeper_than_the_service_allows()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey();
        var deep = await gateway.Post(key, RpcClient.WithId("1", "m", new string('[', 5000) + new string(']', 5000)));
        Assert.Equal((400, -32600, "rpc.depth"), (deep.Status, deep.RpcCode, deep.Type));
        var shallow = await gateway.Post(key, RpcClient.WithId("1", "m", new string('[', 40) + new string(']', 40)));
        Assert.Equal(200, shallow.Status);
    }

    [Fact]
    public async Task Batch_is_refused_when_it_is_longer_than_the_service_allows()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Services = [GatewaySetup.ServiceOver(origin.Url) with { BatchMax = 3 }]);
        var key = gateway.NewKey();
        var call = RpcClient.WithId("1");
        Assert.Equal(200, (await gateway.Post(key, $"[{call},{call},{call}]")).Status);
        var reply = await gateway.Post(key, $"[{call},{call},{call},{call}]");
        Assert.Equal((413, "rpc.batch-long"), (reply.Status, reply.Type));
        Assert.Equal(3, origin.Calls);
    }

    [Fact]
    public async Task Batch_answers_with_the_refusals_status_when_nothing_of_it_passes()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(gateway.NewKey(), "[1,2,3]");
        Assert.Equal(400, reply.Status);
        Assert.Equal(3, reply.Json.GetArrayLength());
        Assert.All(reply.Json.EnumerateArray(), entry => Assert.Equal(-32600, entry.GetProperty("error").GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task Batch_of_notifications_has_no_answer_when_they_pass_and_one_error_when_all_are_refused()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        const string notes = """[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"b"}]""";
        var passed = await gateway.Post(gateway.NewKey(), notes);
        Assert.Equal((204, ""), (passed.Status, passed.Body));
        var refused = await gateway.Post(gateway.NewKey(Sluice.Gateway.Snapshot.AppRuleLists.Empty with { Methods = ["c"] }), notes);
        Assert.Equal((403, "rule.method"), (refused.Status, refused.Type));
    }

    [Fact]
    public async Task Unknown_members_are_not_forwarded_and_known_ones_are_as_they_came()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(
            gateway.NewKey(), """{"Method":"eth_evil","jsonrpc":"2.0","extra":{"a":[1]},"id":1,"method":"m","params":[ 1.0 ]}""");

        Assert.Equal(200, reply.Status);
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"method":"m","params":[ 1.0 ]}""", Assert.Single(origin.Received).Text);
    }

    [Fact]
    public async Task Unlisted_method_is_refused_with_its_code_when_the_service_lists_all()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Services =
            [GatewaySetup.ServiceOver(origin.Url) with { UnlistedAllowed = false, MethodUnits = new Dictionary<string, long> { ["eth_call"] = 1 } }]);
        var key = gateway.NewKey();
        var reply = await gateway.Post(key);
        Assert.Equal((403, -32601), (reply.Status, reply.RpcCode));
        Assert.Equal(200, (await gateway.Post(key, RpcClient.WithId("1", "eth\\u005fcall"))).Status);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Wrong_verb_is_refused_with_405_and_Allow(string verb)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(gateway.NewKey(), with: request => request.Method = new HttpMethod(verb));
        Assert.Equal((405, "POST, OPTIONS"), (reply.Status, reply.Header("Allow")));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity")]
    [InlineData("GZIP")]
    public async Task Body_is_unpacked_when_its_encoding_is_known(string encoding)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(
            gateway.NewKey(), Pack(encoding, RpcClient.Call), with: request => request.Content!.Headers.ContentEncoding.Add(encoding));
        Assert.Equal(200, reply.Status);
        Assert.Equal(RpcClient.Call, Assert.Single(origin.Received).Text);
    }

    [Fact]
    public async Task Body_is_refused_when_its_encoding_is_unknown_broken_or_a_bomb()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey();
        var packed = Pack("gzip", RpcClient.Call);
        Assert.Equal((415, "request.encoding-unknown"), await Send(packed, "zstd"));
        Assert.Equal((415, "request.encoding-unknown"), await Send(packed, "gzip, br"));
        Assert.Equal((400, "request.encoding"), await Send("no gzip"u8.ToArray(), "gzip"));
        Assert.Equal((400, "request.encoding"), await Send("no brotli at all"u8.ToArray(), "br"));
        Assert.Equal((413, "request.large"), await Send(Pack("gzip", new string(' ', 20_000_000)), "gzip"));
        Assert.Equal((413, "request.large"), await Send(Pack("br", new string(' ', 20_000_000)), "br"));
        Assert.Equal(400, (await Send(packed[..(packed.Length / 2)], "gzip")).Status);
        Assert.Equal(0, origin.Calls);

        async Task<(int Status, string Type)> Send(byte[] body, string encoding)
        {
            var reply = await gateway.Post(
                key, body, with: request => request.Content!.Headers.TryAddWithoutValidation("Content-Encoding", encoding));
            return (reply.Status, reply.Type);
        }
    }

    [Fact]
    public async Task Body_is_refused_when_it_is_too_large_with_a_length_and_in_chunks()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Services = [GatewaySetup.ServiceOver(origin.Url) with { RequestBytesMax = 10_000 }]);
        var key = gateway.NewKey();
        var large = RpcClient.WithId("1", "m", $"[\"{new string('x', 20_000)}\"]");
        var counted = await gateway.Post(key, large);
        Assert.Equal((413, "request.large"), (counted.Status, counted.Type));
        var chunked = await gateway.Post(key, large, with: request => request.Headers.TransferEncodingChunked = true);
        Assert.Equal((413, "request.large"), (chunked.Status, chunked.Type));
        Assert.Equal(200, (await gateway.Post(key, with: request => request.Headers.TransferEncodingChunked = true)).Status);
        Assert.Equal(1, origin.Calls);
    }

    [Fact]
    public async Task Body_that_never_becomes_whole_is_not_sent_on_when_the_client_hangs_up()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey();
        using (var raw = await RawClient.Connect(gateway.Port))
        {
            await raw.Send(RawClient.Request("/v1/eth", key.Text, RpcClient.Call)[..^10]);
            raw.EndSending();
            await raw.Receive();
        }
        Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(1, origin.Calls);
        Assert.Equal(10, gateway.Records().Sum(one => one.Raw.Quantity));
    }

    private static byte[] Pack(string encoding, string text)
    {
        using var packed = new MemoryStream();
        using (Stream packer = encoding.ToUpperInvariant() switch
        {
            "GZIP" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "BR" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => packed,
        }) packer.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    // As a node does that reads ids into its own types: 1.0 becomes 1, "\u0061" becomes "a", 1e2 becomes 100.
    private static async Task Rewriting(OriginExchange exchange, CancellationToken ct)
    {
        var call = System.Text.Json.Nodes.JsonNode.Parse(exchange.Request.Body)!;
        var id = call["id"] is { } given
            ? given.GetValueKind() == System.Text.Json.JsonValueKind.Number
                ? given.ToJsonString().Length > 15 ? "1.2345678901234568E+29" : ((double)given).ToString(System.Globalization.CultureInfo.InvariantCulture)
                : given.ToJsonString()
            : "null";
        await exchange.Answer(200, "application/json", $$"""{"id":{{id}},"result":"0x1","jsonrpc":"2.0"}""", ct);
    }
}
