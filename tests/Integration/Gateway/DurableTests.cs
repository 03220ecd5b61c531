using System.Net.WebSockets;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Usage;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>Records that are on disk before the answer ends, and a disk that takes none, on every way in.</summary>
public sealed class DurableTests
{
    [Theory]
    [InlineData("http"), InlineData("chunked"), InlineData("plain socket"), InlineData("rpc"), InlineData("rpc socket"), InlineData("push")]
    public async Task Answer_ends_only_after_its_record_is_on_disk_when_a_service_is_durable(string way)
    {
        await using var origin = MisbehavingOrigin.Start();
        // Long enough for an answer that does not wait to be seen before the next fsync.
        await using var gateway = await Start(origin, way, durable: true, syncMs: 300);
        using var caller = await Caller.Open(gateway, way);
        for (var i = 0; i < 3; i++)
        {
            await caller.Call();
            var before = gateway.Journal.Syncs;
            await caller.Call();
            Assert.True(gateway.Journal.Syncs > before, "An answer was whole before its record was on disk.");
        }
    }

    [Theory]
    [InlineData("http"), InlineData("plain socket")]
    public async Task Answer_waits_for_no_disk_when_a_service_is_not_durable(string way)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Start(origin, way, durable: false, syncMs: 300);
        using var caller = await Caller.Open(gateway, way);
        var unsynced = 0;
        for (var i = 0; i < 10; i++)
        {
            var before = gateway.Journal.Syncs;
            await caller.Call();
            if (gateway.Journal.Syncs == before) unsynced++;
        }
        Assert.InRange(unsynced, 1, 10);
    }

    [Fact]
    public async Task Calls_by_http_are_refused_before_they_leave_when_the_disk_is_full_and_taken_again_afterwards()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Start(origin, "http", durable: false, syncMs: 5);
        await Fill(gateway, async () =>
        {
            using var answer = await gateway.Get("/v1/api/x");
            if ((int)answer.StatusCode == 200) return true;
            Assert.Equal(503, (int)answer.StatusCode);
            Assert.Contains("/problems/meter.full", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            return false;
        });
        var calls = origin.Calls;
        for (var i = 0; i < 50; i++)
        {
            using var request = gateway.Request(HttpMethod.Post, "/v1/api/x", new StringContent("body"));
            using var answer = await gateway.Http.SendAsync(request);
            Assert.Equal(503, (int)answer.StatusCode);
        }
        Assert.Equal(calls, origin.Calls);
        Assert.Equal(calls, gateway.Records().Count(record => record.Billed));

        Options(gateway).FreeDiskBytesMin = 0;
        await Until.True(async () => (int)(await gateway.Get("/v1/api/x")).StatusCode == 200, "calls are taken again");
    }

    [Theory]
    [InlineData("plain socket"), InlineData("rpc socket")]
    public async Task Sockets_pass_nothing_up_when_the_disk_is_full_and_open_again_afterwards(string way)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await Start(origin, way, durable: false, syncMs: 5);
        var path = way == "plain socket" ? "/v1/api" : "/v1/eth";
        using var socket = await gateway.Socket(path);
        var sent = 0;
        string answer;
        Options(gateway).FreeDiskBytesMin = long.MaxValue / 2;
        do
        {
            answer = await socket.Ask("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}""");
            sent++;
        }
        while (!answer.StartsWith("close:", StringComparison.Ordinal) && !answer.Contains("error", StringComparison.Ordinal) && sent < 1000);

        // A plain socket has no word for it but its end; JSON-RPC has, and goes on.
        if (way == "plain socket") Assert.StartsWith("close:1011:", answer, StringComparison.Ordinal);
        else Assert.Contains("meter.full", answer, StringComparison.Ordinal);
        Assert.InRange(sent, 20, 999);
        Assert.Equal(sent - 1, origin.SocketMessages.Count);
        Assert.Equal(sent - 1, gateway.Records().Count(record => record.Billed && !record.Raw.Flags.HasFlag(RecordFlags.Push)));
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => gateway.Socket(path));
        Assert.Contains("503", refused.Message, StringComparison.Ordinal);

        Options(gateway).FreeDiskBytesMin = 0;
        await Until.True(
            async () =>
            {
                try
                {
                    using var again = way == "rpc socket" ? null : await gateway.Socket(path);
                    return !(await (again ?? socket).Ask("""{"jsonrpc":"2.0","id":2,"method":"eth_chainId"}"""))
                        .Contains("error", StringComparison.Ordinal);
                }
                catch (WebSocketException)
                {
                    return false;
                }
            },
            "messages pass again");
    }

    [Theory]
    [InlineData("http"), InlineData("rpc socket"), InlineData("rpc")]
    public async Task Refusal_by_a_quota_puts_no_more_into_the_rates_than_was_taken(string way)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Socket = SocketBehaviours.Echo();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Http("api", origin.Url).With(s => s with { DefaultUnits = 10, MessageUpUnits = 10 });
            setup.Rpc("eth", origin.Url).With(s => s with { DefaultUnits = 10 });
            setup.Http("free", origin.Url).With(s => s with { DefaultUnits = 0 });
            // So slow a rate that nothing comes back while the test runs, and a quota that refuses every priced call.
            setup.KeyLimits = new LimitSettings(3, null, 5, null);
        });
        var from = TimeProvider.System.GetTimestamp();
        var passed = 0;
        for (var i = 0; i < 15; i++)
        {
            await Refused(gateway, way);
            using var answer = await gateway.Get("/v1/free/x");
            if ((int)answer.StatusCode == 200) passed++;
        }

        // A full bucket, and what came back meanwhile.
        Assert.InRange(passed, 1, 3 + (int)Math.Ceiling(3 * TimeProvider.System.GetElapsedTime(from).TotalSeconds));
    }

    // A call that a quota refuses, or a rate that is used up.
    private static async Task Refused(GatewayFixture gateway, string way)
    {
        const string call = """{"jsonrpc":"2.0","id":1,"method":"m"}""";
        if (way == "http") (await gateway.Get("/v1/api/x")).Dispose();
        else if (way == "rpc") Assert.Contains("error", await gateway.Rpc("eth", call), StringComparison.Ordinal);
        if (way != "rpc socket") return;
        using var socket = await gateway.Socket("/v1/eth");
        Assert.Contains("error", await socket.Ask(call), StringComparison.Ordinal);
    }

    private static JournalOptions Options(GatewayFixture gateway) =>
        (JournalOptions)((Microsoft.Extensions.Options.IOptions<JournalOptions>)gateway.Services
            .GetService(typeof(Microsoft.Extensions.Options.IOptions<JournalOptions>))!).Value;

    private static async Task Fill(GatewayFixture gateway, Func<Task<bool>> call)
    {
        Options(gateway).FreeDiskBytesMin = long.MaxValue / 2;
        var taken = 0;
        while (await call()) Assert.InRange(++taken, 1, 1000);
        Assert.True(taken > 20, "The slots that are there are used first.");
    }

    private static Task<GatewayFixture> Start(MisbehavingOrigin origin, string way, bool durable, int syncMs)
    {
        if (way == "chunked") origin.Default = Behaviours.Chunked();
        origin.Socket = way switch
        {
            "plain socket" => SocketBehaviours.Echo(),
            "push" => async (wire, ct) =>
            {
                await wire.Accept(ct);
                await wire.Receive(ct);
                await wire.Send("""{"jsonrpc":"2.0","id":1,"result":"0x1"}""", ct);
                // One push for each call of another method, which itself is not answered at once.
                while (await wire.Receive(ct) is not null)
                    await wire.Send("""{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result":"x"}}""", ct);
            }
            ,
            _ => SocketBehaviours.JsonRpc(),
        };
        return GatewayFixture.Start(setup =>
        {
            setup.Http("api", origin.Url).With(service => service with { Durable = durable });
            setup.Rpc("eth", origin.Url).With(service => service with { Durable = durable });
            setup.Settings["Journal:SyncIntervalMs"] = syncMs.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (syncMs == 5) setup.Settings["Journal:SegmentSlots"] = "128";
        });
    }

    /// <summary>One way of calling, with its socket where it has one.</summary>
    private sealed class Caller(GatewayFixture gateway, string way, ClientWebSocket? socket) : IDisposable
    {
        private const string Body = """{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}""";

        public static async Task<Caller> Open(GatewayFixture gateway, string way)
        {
            var socket = way switch
            {
                "plain socket" => await gateway.Socket("/v1/api"),
                "rpc socket" or "push" => await gateway.Socket("/v1/eth"),
                _ => null,
            };
            if (way == "push") await socket!.Ask("""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}""");
            return new Caller(gateway, way, socket);
        }

        public async Task Call()
        {
            if (socket is not null)
            {
                await socket.Ask(way == "push" ? """{"jsonrpc":"2.0","method":"push"}""" : Body);
                return;
            }
            if (way == "rpc")
            {
                Assert.Contains("result", await gateway.Rpc("eth", Body), StringComparison.Ordinal);
                return;
            }
            using var request = gateway.Request(HttpMethod.Post, "/v1/api/x", new StringContent(Body));
            using var answer = await gateway.Http.SendAsync(request);
            Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
        }

        public void Dispose() => socket?.Dispose();
    }
}
