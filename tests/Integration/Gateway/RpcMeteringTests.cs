using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>The table of what is recorded and what is billed, for JSON-RPC over POST.</summary>
public sealed class RpcMeteringTests
{
    [Fact]
    public async Task Record_says_all_of_a_call_when_it_was_answered()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Services =
            [GatewaySetup.ServiceOver(origin.Url) with { MethodUnits = new Dictionary<string, long> { ["eth_getBalance"] = 26 }, PriceVersion = 7 }]);
        var key = gateway.NewKey();
        var reply = await gateway.Post(key);

        Assert.Equal(200, reply.Status);
        var one = Assert.Single(await gateway.Records(1));
        var record = one.Raw;
        Assert.Equal(("eth", "eth_getBalance", "up0"), (one.Service, one.Method, one.Upstream));
        Assert.Equal((key.App.Organization, key.App.Id, key.Config.Id), (record.Organization, record.App, record.Key));
        Assert.Equal((Outcome.Answered, RecordFlags.Billed, 26L, 7), (record.Outcome, record.Flags, record.Quantity, record.PriceVersion));
        Assert.Equal((200, 1, -1, 1), (record.Status, record.UpstreamCalls, record.BatchIndex, record.Count));
        Assert.Equal((RpcClient.Call.Length, reply.Body.Length), (record.BytesUp, record.BytesDown));
        Assert.Equal(reply.Header("X-Request-Id"), WireId.Encode(record.RequestId));
        Assert.Equal(Digest(RpcClient.Call), record.RequestDigest);
        Assert.Equal(Digest(reply.Body), record.AnswerDigest);
        Assert.InRange(record.LatencyMicros, record.UpstreamLatencyMicros, 30_000_000u);
        Assert.Equal(QuotaScopes.None, record.Quotas);
    }

    [Fact]
    public async Task Digest_is_of_the_answer_that_the_client_saw_when_the_id_was_put_back()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var call = RpcClient.WithId("1.0e3");
        var reply = await gateway.Post(gateway.NewKey(), call);

        var record = Assert.Single(await gateway.Records(1)).Raw;
        Assert.Equal(Digest(reply.Body), record.AnswerDigest);
        Assert.Equal(Digest(call), record.RequestDigest);
        Assert.Equal(reply.Body.Length, record.BytesDown);
    }

    public static TheoryData<string, Behaviour> Billed => new()
    {
        { "result", Behaviours.JsonRpc() },
        { "revert", Behaviours.Revert() },
        { "invalid params", Behaviours.InvalidParams() },
        { "method not found", Behaviours.MethodNotFound() },
        { "revert in a 400", Behaviours.JsonRpcError(3, "execution reverted", status: 400) },
        { "insufficient funds", Behaviours.JsonRpcError(-32000, "insufficient funds for gas * price + value") },
        { "chunks", Behaviours.Chunked() },
        { "chunks with trailers", Behaviours.Chunked(7, "X-Sum: 1") },
        { "gzip", Behaviours.Gzip() },
        { "brotli", Behaviours.Brotli() },
        { "HTTP/1.0", Behaviours.Http10() },
        { "close", Behaviours.ConnectionClose() },
    };

    [Theory]
    [MemberData(nameof(Billed), DisableDiscoveryEnumeration = true)]
    public async Task Call_is_billed_when_it_was_answered_or_failed_by_the_callers_fault(string name, Behaviour behaviour)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = behaviour;
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(gateway.NewKey());

        Assert.True(reply.Status == 200, name + reply.Body);
        var record = Assert.Single(await gateway.Records(1)).Raw;
        Assert.Equal(10, record.Quantity);
        Assert.True(record.Flags.HasFlag(RecordFlags.Billed));
        Assert.Equal(reply.RpcCode, record.RpcErrorCode);
        Assert.Equal(reply.RpcCode == 0 ? Outcome.Answered : Outcome.CallerError, record.Outcome);
        Assert.Equal(200, record.Status);
    }

    public static TheoryData<string, Behaviour, int> Unbilled => new()
    {
        { "500 HTML", Behaviours.Html(500), 502 },
        { "503 HTML", Behaviours.Html(503), 502 },
        { "404 HTML", Behaviours.Html(404), 502 },
        { "200 HTML", Behaviours.Html(200), 502 },
        { "429", Behaviours.TooManyRequests(1), 502 },
        { "redirect", Behaviours.Body("", 302, "text/plain", "Location: http://127.0.0.1:1/"), 502 },
        { "204", Behaviours.Body("", 204), 502 },
        { "empty", Behaviours.Body(""), 502 },
        { "array", Behaviours.Body("""[{"jsonrpc":"2.0","id":1,"result":1}]"""), 502 },
        { "neither", Behaviours.Body("""{"jsonrpc":"2.0","id":1}"""), 502 },
        { "two documents", Behaviours.Body("""{"jsonrpc":"2.0","id":1,"result":1}{}"""), 502 },
        { "half a surrogate", Behaviours.Body("""{"jsonrpc":"2.0","\ud800":0,"id":1,"result":1}"""), 502 },
        { "result in a 500", Behaviours.Body("""{"jsonrpc":"2.0","id":1,"result":1}""", 500), 502 },
        { "wrong id", Behaviours.WrongId(), 502 },
        { "truncated", BrokenBehaviours.Truncated(), 502 },
        { "cut JSON", BrokenBehaviours.CutJson(), 502 },
        { "length too short", BrokenBehaviours.LengthTooShort(), 502 },
        { "length too long", BrokenBehaviours.LengthTooLong(), 504 },
        { "hang", BrokenBehaviours.HangBeforeHeaders(), 504 },
        { "hang in headers", BrokenBehaviours.HangMidHeaders(), 504 },
        { "hang in body", BrokenBehaviours.HangMidBody(), 504 },
        { "close", BrokenBehaviours.CloseWithoutAnswer(), 502 },
        { "reset", BrokenBehaviours.ResetWithoutAnswer(), 502 },
        { "reset in body", BrokenBehaviours.ResetMidBody(), 502 },
        { "malformed chunks", BrokenBehaviours.MalformedChunks(), 502 },
        { "unended chunks", BrokenBehaviours.UnendedChunks(), 502 },
        { "false gzip", BrokenBehaviours.FalseGzip(), 502 },
        { "unknown coding", Behaviours.Body("{}", 200, "application/json", "Content-Encoding: zstd"), 502 },
        { "two lengths", BrokenBehaviours.TwoLengths(), 502 },
        { "invalid headers", BrokenBehaviours.InvalidHeaders(), 502 },
        { "endless headers", BrokenBehaviours.EndlessHeaders(), 502 },
        { "noise", BrokenBehaviours.Noise(), 502 },
        { "gzip bomb", Behaviours.GzipBomb(3_000_000), 502 },
        { "too large", Behaviours.Huge(2_000_000), 502 },
    };

    [Theory]
    [MemberData(nameof(Unbilled), DisableDiscoveryEnumeration = true)]
    public async Task Call_is_recorded_and_not_billed_when_the_upstream_fails(string name, Behaviour behaviour, int status)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = behaviour;
        await using var gateway = await GatewayFixture.Start(setup => setup.Services =
            [GatewaySetup.ServiceOver(origin.Url) with { TimeoutMs = 1_000, ResponseBytesMax = 1_000_000 }]);
        var reply = await gateway.Post(gateway.NewKey());

        Assert.True(reply.Status == status, $"{name}: {reply.Status} {reply.Body}");
        Assert.StartsWith("upstream.", reply.Type, StringComparison.Ordinal);
        Assert.Equal(1, reply.Json.GetProperty("id").GetInt32());
        var one = Assert.Single(await gateway.Records(1));
        Assert.Equal((Outcome.UpstreamFault, 0L, RecordFlags.None), (one.Raw.Outcome, one.Raw.Quantity, one.Raw.Flags));
        Assert.Equal((status, reply.RpcCode, "up0"), (one.Raw.Status, one.Raw.RpcErrorCode, one.Upstream));
        Assert.InRange(one.Raw.UpstreamCalls, 1, 2);

        origin.Default = Behaviours.JsonRpc();
        Assert.Equal(200, (await gateway.Post(gateway.NewKey())).Status);
    }

    [Fact]
    public async Task Node_error_is_passed_on_and_not_billed_when_every_upstream_says_one()
    {
        await using var first = MisbehavingOrigin.Start();
        await using var second = MisbehavingOrigin.Start();
        first.Default = second.Default = Behaviours.LimitExceeded();
        await using var gateway = await GatewayFixture.Over(first.Url, second.Url);
        var reply = await gateway.Post(gateway.NewKey());

        Assert.Equal((200, -32005), (reply.Status, reply.RpcCode));
        var record = Assert.Single(await gateway.Records(1)).Raw;
        Assert.Equal((Outcome.UpstreamFault, 0L, -32005, 2), (record.Outcome, record.Quantity, record.RpcErrorCode, record.UpstreamCalls));
    }

    [Fact]
    public async Task Retry_is_an_upstream_call_and_the_call_is_billed_once_when_the_second_upstream_answers()
    {
        await using var bad = MisbehavingOrigin.Start();
        await using var good = MisbehavingOrigin.Start();
        bad.Default = Behaviours.Html(500);
        await using var gateway = await GatewayFixture.Over(bad.Url, good.Url);
        var key = gateway.NewKey();
        for (var i = 0; i < 20; i++) Assert.Equal(200, (await gateway.Post(key)).Status);

        var records = await gateway.Records(20);
        Assert.All(records, one => Assert.Equal((10L, "up1"), (one.Raw.Quantity, one.Upstream)));
        Assert.Contains(records, one => one.Raw.UpstreamCalls == 2);
        Assert.Equal(bad.Calls + good.Calls, records.Sum(one => (long)one.Raw.UpstreamCalls));
    }

    [Fact]
    public async Task Notification_is_billed_and_answered_with_204_when_it_was_delivered()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(gateway.NewKey(), """{"jsonrpc":"2.0","method":"eth_note","params":[1]}""");

        Assert.Equal((204, ""), (reply.Status, reply.Body));
        var record = Assert.Single(await gateway.Records(1)).Raw;
        Assert.Equal(
            (10L, RecordFlags.Billed | RecordFlags.Notification, 0L, UInt128.Zero),
            (record.Quantity, record.Flags, record.BytesDown, record.AnswerDigest));
        Assert.Equal("""{"jsonrpc":"2.0","method":"eth_note","params":[1]}""", Assert.Single(origin.Received).Text);
    }

    [Fact]
    public async Task Batch_has_one_record_an_entry_each_by_its_own_outcome()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = async (exchange, ct) => await (exchange.Request.Methods[0] switch
        {
            "eth_bad" => Behaviours.Html(500),
            "eth_revert" => Behaviours.Revert(),
            _ => Behaviours.JsonRpc(),
        })(exchange, ct);
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var reply = await gateway.Post(gateway.NewKey(), $$"""
            [{{RpcClient.WithId("0")}},{{RpcClient.WithId("1", "eth_bad")}},{"jsonrpc":"2.0","method":"eth_note"},
            {{RpcClient.WithId("3", "eth_revert")}},7]
            """);

        Assert.Equal(200, reply.Status);
        Assert.Equal(4, reply.Json.GetArrayLength());
        var records = (await gateway.Records(5)).OrderBy(one => one.Raw.BatchIndex).Select(one => one.Raw).ToArray();
        Assert.Equal([0, 1, 2, 3, 4], records.Select(record => record.BatchIndex));
        Assert.Equal([10L, 0, 10, 10, 0], records.Select(record => record.Quantity));
        Assert.Equal(
            [Outcome.Answered, Outcome.UpstreamFault, Outcome.Answered, Outcome.CallerError, Outcome.Refused],
            records.Select(record => record.Outcome));
        Assert.Equal([200, 502, 200, 200, 400], records.Select(record => (int)record.Status));
        Assert.Single(records.Select(record => record.RequestId).Distinct());
    }

    [Fact]
    public async Task Call_is_recorded_and_not_billed_when_the_client_hangs_up_before_the_first_byte()
    {
        await using var origin = MisbehavingOrigin.Start();
        var release = new TaskCompletionSource();
        origin.Default = Behaviours.When(release.Task, Behaviours.JsonRpc());
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey(keyLimits: new(null, null, 1000, null));
        using var socket = await RawClient.Connect(gateway.Port);
        await socket.Send(RawClient.Request("/v1/eth", key.Text, RpcClient.Call));
        await Until.True(() => origin.Calls == 1, "the call is at the upstream");
        socket.Close();
        // The server notices a closed connection before the upstream answers.
        await Until.True(() => gateway.HangUps == 1, "the hang-up is noticed");
        release.SetResult();

        var record = Assert.Single(await gateway.Records(1)).Raw;
        Assert.Equal((Outcome.Abandoned, 0L, RecordFlags.None), (record.Outcome, record.Quantity, record.Flags));
        // The units are free again: all 1,000 can still be spent.
        for (var i = 0; i < 100; i++) Assert.Equal(200, (await gateway.Post(key)).Status);
        Assert.Equal(429, (await gateway.Post(key)).Status);
    }

    [Fact]
    public async Task Refusals_are_recorded_with_zero_units()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        var key = gateway.NewKey(AppRuleLists.Empty with { Methods = ["eth_call"] });
        var reply = await gateway.Post(key);

        Assert.Equal((403, "rule.method"), (reply.Status, reply.Type));
        var one = Assert.Single(await gateway.Records(1));
        Assert.Equal((Outcome.Refused, 0L, 403, 0), (one.Raw.Outcome, one.Raw.Quantity, one.Raw.Status, one.Raw.UpstreamCalls));
        Assert.Equal((key.Config.Id, reply.Header("X-Request-Id")), (one.Raw.Key, WireId.Encode(one.Raw.RequestId)));
        Assert.Equal(("eth", "eth_getBalance", ""), (one.Service, one.Method, one.Upstream));
        Assert.Equal(0, origin.Calls);
    }

    [Fact]
    public async Task Flood_of_bad_keys_is_recorded_as_sums_and_does_not_reach_the_source()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Over(origin.Url);
        for (var i = 0; i < 300; i++)
        {
            var text = i % 2 == 0 ? KeyText.New(KeyTextKind.Secret) : "slc_sk_nonsense";
            Assert.Equal(401, (await gateway.Post(null, with: request => request.Headers.Add("X-API-Key", text))).Status);
        }

        await Until.True(() => gateway.Records().Sum(one => one.Raw.Count) == 300, "all are summed");
        Assert.InRange(gateway.Records().Count, 1, 20);
        Assert.All(gateway.Records(), one => Assert.Equal((Guid.Empty, 401, 0L), (one.Raw.Key, one.Raw.Status, one.Raw.Quantity)));
        Assert.InRange(gateway.KeySource.Asked, 1, 60);
    }

    private static UInt128 Digest(string text) =>
        MemoryMarshal.Read<UInt128>(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
