using System.Buffers.Binary;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Sluice.Integration.Origins;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>What the digests of a record are digests of: the bytes that client and origin had in their hands.</summary>
public sealed class DigestTests
{
    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Digests_of_a_call_by_http_are_those_of_its_bodies(bool on)
    {
        await using var origin = MisbehavingOrigin.Start();
        var answerBytes = RandomNumberGenerator.GetBytes(300_000);
        origin.Default = (exchange, ct) => exchange.Answer(200, "application/octet-stream", answerBytes, ct);
        await using var gateway = await Start(on, setup => setup.Http("api", origin.Url));
        using var request = gateway.Request(HttpMethod.Post, "/v1/api/x", new ByteArrayContent(RandomNumberGenerator.GetBytes(200_000)));
        using var answer = await gateway.Http.SendAsync(request);
        var received = await answer.Content.ReadAsByteArrayAsync();

        var record = await gateway.OnlyUsage();
        Assert.Equal(answerBytes, received);
        Assert.Equal(on ? Half(origin.Received.Single().Body) : "", Hex(record.Raw.RequestDigest));
        Assert.Equal(on ? Half(received) : "", Hex(record.Raw.AnswerDigest));
    }

    [Fact]
    public async Task Digests_are_those_of_nothing_when_a_call_has_no_bodies()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.Body("", 204, "text/plain");
        await using var gateway = await Start(on: true, setup => setup.Http("api", origin.Url));
        using var answer = await gateway.Get("/v1/api/x");

        var record = await gateway.OnlyUsage();
        Assert.Equal((Half([]), Half([])), (Hex(record.Raw.RequestDigest), Hex(record.Raw.AnswerDigest)));
    }

    [Fact]
    public async Task Digests_of_a_stream_stand_in_the_record_that_ends_it()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.Events(20, TimeSpan.FromMilliseconds(20));
        await using var gateway = await Start(on: true, setup =>
        {
            setup.Http("api", origin.Url);
            setup.Settings["Gateway:CheckpointIntervalMs"] = "50";
        });
        using var answer = await gateway.Get("/v1/api/x");
        var received = await answer.Content.ReadAsByteArrayAsync();

        var record = await gateway.OnlyUsage();
        Assert.Equal(Half(received), Hex(record.Raw.AnswerDigest));
        var checkpoints = gateway.Records().Where(one => one.Raw.Kind == RecordKind.Checkpoint).ToList();
        Assert.NotEmpty(checkpoints);
        Assert.All(checkpoints, one => Assert.Equal("", Hex(one.Raw.AnswerDigest)));
    }

    [Fact]
    public async Task Digest_of_an_answer_is_not_taken_when_the_upstream_gave_none()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = BrokenBehaviours.CloseWithoutAnswer();
        await using var gateway = await Start(on: true, setup => setup.Http("api", origin.Url));
        using var request = gateway.Request(HttpMethod.Post, "/v1/api/x", new StringContent("hello"));
        using var answer = await gateway.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        var record = await gateway.OnlyUsage();
        Assert.Equal((Half("hello"u8), ""), (Hex(record.Raw.RequestDigest), Hex(record.Raw.AnswerDigest)));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Digests_of_json_rpc_are_those_of_each_entry(bool on)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Start(on, setup => setup.Rpc("eth", origin.Url));
        const string call = """{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}""";
        const string notification = """{"jsonrpc":"2.0","method":"eth_chainId","params":[]}""";

        var answer = await gateway.Rpc("eth", $"[{call},{notification}]");

        var usage = (await gateway.Usage(2)).OrderBy(record => record.Raw.BatchIndex).ToList();
        Assert.Equal(on ? Half(Encoding.UTF8.GetBytes(call)) : "", Hex(usage[0].Raw.RequestDigest));
        Assert.Equal(on ? Half(Encoding.UTF8.GetBytes(answer[1..^1])) : "", Hex(usage[0].Raw.AnswerDigest));
        Assert.Equal(on ? Half(Encoding.UTF8.GetBytes(notification)) : "", Hex(usage[1].Raw.RequestDigest));
        Assert.Equal("", Hex(usage[1].Raw.AnswerDigest));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Digests_of_a_plain_socket_are_those_of_each_message(bool on)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Echo();
        await using var gateway = await Start(on, setup => setup.Http("feed", origin.Url)
            .With(service => service with { MessageDownUnits = 1 }));
        using var socket = await gateway.Socket("/v1/feed");
        string[] messages = ["hello", new string('x', 100_000), ""];

        foreach (var message in messages) Assert.Equal(message, await socket.Ask(message));

        var usage = await gateway.Usage(6);
        Assert.Equal([0, 5, 100_000], usage.Where(r => !IsPush(r)).Select(r => r.Raw.BytesUp).Order());
        Assert.Equal([0, 5, 100_000], usage.Where(IsPush).Select(r => r.Raw.BytesDown).Order());
        var expected = messages.Select(message => on ? Half(Encoding.UTF8.GetBytes(message)) : "").ToList();
        Assert.Equal(expected, [.. usage.Where(r => !IsPush(r)).OrderBy(r => r.Raw.BatchIndex).Select(r => Hex(r.Raw.RequestDigest))]);
        Assert.Equal(expected, [.. usage.Where(IsPush).OrderBy(r => r.Raw.BatchIndex).Select(r => Hex(r.Raw.AnswerDigest))]);
    }

    [Fact]
    public async Task Digests_of_a_json_rpc_socket_are_those_of_calls_and_pushes()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.JsonRpc(pushes: 1);
        await using var gateway = await Start(on: true, setup => setup.Rpc("eth", origin.Url));
        using var socket = await gateway.Socket("/v1/eth");
        const string call = """{"jsonrpc":"2.0","id":7,"method":"eth_subscribe","params":["newHeads"]}""";

        var answer = await socket.Ask(call);
        var push = await socket.Hear();

        var usage = await gateway.Usage(2);
        var answered = usage.Single(r => !IsPush(r)).Raw;
        Assert.Equal(
            (Half(Encoding.UTF8.GetBytes(call)), Half(Encoding.UTF8.GetBytes(answer))), (Hex(answered.RequestDigest), Hex(answered.AnswerDigest)));
        Assert.Equal(Half(Encoding.UTF8.GetBytes(push)), Hex(usage.Single(IsPush).Raw.AnswerDigest));
        Assert.Equal(WebSocketState.Open, socket.State);
    }

    private static bool IsPush(TestRecord record) => record.Raw.Flags.HasFlag(RecordFlags.Push);

    private static string Half(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];

    private static string Hex(UInt128 digest)
    {
        if (digest == 0) return "";
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, digest);
        return Convert.ToHexStringLower(bytes);
    }

    private static Task<GatewayFixture> Start(bool on, Action<GatewaySetup> with) => GatewayFixture.Start(setup =>
    {
        with(setup);
        setup.Settings["Gateway:Digests"] = on ? "true" : "false";
    });
}
