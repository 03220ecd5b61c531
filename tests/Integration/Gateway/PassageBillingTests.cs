using System.Net;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>The table of what counts, row by row, for plain HTTP.</summary>
public sealed class PassageBillingTests
{
    [Theory]
    [InlineData(200, true, Outcome.Answered, true)]
    [InlineData(204, true, Outcome.Answered, true)]
    [InlineData(304, true, Outcome.Answered, true)]
    [InlineData(404, true, Outcome.CallerError, true)]
    [InlineData(404, false, Outcome.CallerError, false)]
    [InlineData(500, true, Outcome.UpstreamFault, false)]
    [InlineData(503, true, Outcome.UpstreamFault, false)]
    public async Task Passage_bills_by_the_upstreams_status_when_it_answers(
        int status, bool billClientErrors, Outcome outcome, bool billed)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.Body(status is 204 or 304 ? "" : "body", status, "text/plain");
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url)
            .With(service => service with { BillClientErrors = billClientErrors }));

        using var answer = await gateway.Get("/v1/api/x");

        Assert.Equal(status, (int)answer.StatusCode);
        var record = await gateway.OnlyUsage();
        Assert.Equal(
            (outcome, (ushort)status, billed, billed ? 7 : 0),
            (record.Raw.Outcome, record.Raw.Status, record.Billed, record.Raw.Quantity));
    }

    public static TheoryData<string, int, string> Faults => new()
    {
        { "hang", 504, "upstream.timeout" },
        { "close", 502, "upstream.failed" },
        { "reset", 502, "upstream.failed" },
        { "noise", 502, "upstream.failed" },
        { "headers", 502, "upstream.failed" },
        { "endless headers", 502, "upstream.failed" },
        { "two lengths", 502, "upstream.failed" },
        { "mid-headers", 504, "upstream.timeout" },
        { "switch", 502, "upstream.failed" },
        { "proxy auth", 502, "upstream.failed" },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task Passage_answers_with_its_own_problem_and_bills_nothing_when_the_upstream_fails(
        string how, int status, string type)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = how switch
        {
            "hang" => BrokenBehaviours.HangBeforeHeaders(),
            "close" => BrokenBehaviours.CloseWithoutAnswer(),
            "reset" => BrokenBehaviours.ResetWithoutAnswer(),
            "noise" => BrokenBehaviours.Noise(),
            "headers" => BrokenBehaviours.InvalidHeaders(),
            "endless headers" => BrokenBehaviours.EndlessHeaders(),
            "two lengths" => BrokenBehaviours.TwoLengths(),
            "mid-headers" => BrokenBehaviours.HangMidHeaders(),
            "switch" => async (exchange, ct) =>
            {
                await exchange.Write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", ct);
                exchange.Close();
            }
            ,
            _ => Behaviours.Body("who are you", 407, "text/plain", "Proxy-Authenticate: Basic"),
        };
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url)
            .With(service => service with { TimeoutMs = 400 }));

        using var answer = await gateway.Get("/v1/api/x");
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains($"/problems/{type}", text, StringComparison.Ordinal);
        Assert.DoesNotContain(origin.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), text, StringComparison.Ordinal);
        Assert.Single(answer.Headers.GetValues("X-Request-Id"));
        var record = await gateway.OnlyUsage();
        Assert.Equal(
            (Outcome.UpstreamFault, (ushort)status, 0L, false),
            (record.Raw.Outcome, record.Raw.Status, record.Raw.Quantity, record.Billed));
    }

    [Fact]
    public async Task Passage_answers_503_when_no_upstream_can_be_reached()
    {
        await using var gateway = await GatewayFixture.Start(
            setup => setup.Http("api", $"http://127.0.0.1:{FreePort.Next()}", $"http://127.0.0.1:{FreePort.Next()}"));
        using var request = gateway.Request(HttpMethod.Post, "/v1/api/x", new StringContent("body"));

        using var answer = await gateway.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var record = await gateway.OnlyUsage();
        Assert.Equal((Outcome.UpstreamFault, 0L, (ushort)2), (record.Raw.Outcome, record.Raw.Quantity, record.Raw.UpstreamCalls));
    }

    [Theory]
    [InlineData("GET", true), InlineData("POST", false)]
    public async Task Passage_asks_another_upstream_only_when_the_call_may_be_repeated(string verb, bool repeated)
    {
        await using var bad = MisbehavingOrigin.Start();
        await using var good = MisbehavingOrigin.Start();
        bad.Default = BrokenBehaviours.CloseWithoutAnswer();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", bad.Url, good.Url));

        var (ok, failed) = (0, 0);
        for (var i = 0; i < 12; i++)
        {
            using var request = gateway.Request(new HttpMethod(verb), "/v1/api/x", verb == "POST" ? new StringContent("b") : null);
            using var answer = await gateway.Http.SendAsync(request);
            if (answer.StatusCode == HttpStatusCode.OK) ok++;
            else failed++;
        }

        Assert.Equal(repeated, failed == 0);
        Assert.True(ok > 0);
        var usage = await gateway.Usage(12);
        Assert.Equal(12, usage.Count);
        Assert.Equal(ok * 7, usage.Sum(r => r.Raw.Quantity));
        if (!repeated) Assert.All(usage, r => Assert.Equal(1, r.Raw.UpstreamCalls));
    }

    [Theory]
    [InlineData("truncated"), InlineData("reset"), InlineData("chunks")]
    public async Task Passage_bills_what_was_delivered_when_the_upstream_breaks_in_mid_stream(string how)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = how switch
        {
            "truncated" => BrokenBehaviours.Truncated(),
            "reset" => Behaviours.When(Task.CompletedTask, ResetLater()),
            _ => BrokenBehaviours.UnendedChunks(),
        };
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));

        using var request = gateway.Request(
            HttpMethod.Post, "/v1/api/x", new StringContent("""{"jsonrpc":"2.0","id":1,"method":"x","params":["0123456789"]}"""));
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            using var answer = await gateway.Http.SendAsync(request);
        });

        var record = await gateway.OnlyUsage();
        Assert.Equal((Outcome.Broken, true, 7L), (record.Raw.Outcome, record.Billed, record.Raw.Quantity));
        Assert.InRange(record.Raw.BytesDown, 1, 1000);
    }

    [Fact]
    public async Task Passage_breaks_off_and_bills_what_was_delivered_when_silence_lasts_too_long()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = BrokenBehaviours.HangMidBody();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url)
            .With(service => service with { IdleTimeoutMs = 300 }));

        using var request = gateway.Request(
            HttpMethod.Post, "/v1/api/x", new StringContent("""{"jsonrpc":"2.0","id":1,"method":"x"}"""));
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            using var answer = await gateway.Http.SendAsync(request);
        });

        Assert.Equal(Outcome.Broken, (await gateway.OnlyUsage()).Raw.Outcome);
    }

    [Theory]
    [InlineData(false, Outcome.Abandoned), InlineData(true, Outcome.Answered)]
    public async Task Passage_bills_only_after_the_first_byte_when_the_client_hangs_up(bool afterFirstByte, Outcome outcome)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = afterFirstByte ? Behaviours.Events(1000, TimeSpan.FromMilliseconds(20)) : BrokenBehaviours.HangBeforeHeaders();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));
        using var gone = new CancellationTokenSource();
        using var request = gateway.Request(HttpMethod.Get, "/v1/api/x");

        var sending = gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, gone.Token);
        if (afterFirstByte)
        {
            using var answer = await sending;
            using var stream = await answer.Content.ReadAsStreamAsync();
            Assert.True(await stream.ReadAsync(new byte[10]) > 0);
            answer.Dispose();
        }
        else
        {
            await Until.True(() => origin.Calls == 1, "the call arrives");
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }

        var record = await gateway.OnlyUsage();
        Assert.Equal(
            (outcome, afterFirstByte, true),
            (record.Raw.Outcome, record.Billed, record.Raw.Flags.HasFlag(RecordFlags.ClientGone)));
    }

    [Fact]
    public async Task Passage_refuses_with_the_limits_headers_when_a_quota_is_used_up()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup =>
        {
            setup.Http("api", origin.Url);
            setup.Plan = new PlanConfig(["*"], new LimitSettings(null, null, 21, null));
        });
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            using var answer = await gateway.Get("/v1/api/x");
            statuses.Add((int)answer.StatusCode);
            if (i < 3) continue;
            Assert.Contains("plan-daily-units", string.Join(' ', answer.Headers.GetValues("RateLimit")), StringComparison.Ordinal);
            Assert.Contains("limit.quota", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal([200, 200, 200, 429], statuses);
        Assert.Equal(3, origin.Calls);
    }

    private static Behaviour ResetLater() => async (exchange, ct) =>
    {
        await exchange.Write(OriginExchange.Head(200, "text/plain", 100), ct);
        await exchange.Write("0123456789", ct);
        // The bytes must be on their way before the reset throws away what was not sent.
        await Task.Delay(200, ct);
        exchange.Reset();
    };
}
