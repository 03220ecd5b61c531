using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>The corners of HTTP, written by hand where a client library would not.</summary>
public sealed class PassageEdgeTests
{
    [Theory]
    [InlineData("CONNECT 127.0.0.1:80 HTTP/1.1", "127.0.0.1:80")]
    [InlineData("CONNECT api.localhost:80 HTTP/1.1", "api.localhost:80")]
    [InlineData("CONNECT /v1/api/x HTTP/1.1", "localhost")]
    [InlineData("TRACE /v1/api/x HTTP/1.1", "localhost")]
    [InlineData("GET /v1/api/../other/x HTTP/1.1", "localhost")]
    [InlineData("GET /v1/api/%2E%2e/other HTTP/1.1", "localhost")]
    [InlineData("GET /x/../v1/api/x HTTP/1.1", "localhost")]
    [InlineData("GET /%76%31/api/x HTTP/1.1", "localhost")]
    [InlineData("OPTIONS * HTTP/1.1", "api.localhost")]
    [InlineData("GET http://elsewhere.example/x HTTP/1.1", "elsewhere.example")]
    [InlineData("GET /v1/api/x HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4", "localhost")]
    [InlineData("GET /v1/api/x HTTP/1.1\r\nContent-Length: -1", "localhost")]
    [InlineData("GET /v1/api/x HTTP/1.1\r\nContent-Length: 3, 3", "localhost")]
    [InlineData("POST /v1/api/x HTTP/1.1\r\nTransfer-Encoding: gzip, identity", "localhost")]
    [InlineData("GET /v1/api/x HTTP/1.1\r\nX Bad: 1", "localhost")]
    [InlineData("GET /v1/api/x HTTP/1.1\r\nX-Bad : 1", "localhost")]
    public async Task Passage_sends_nothing_up_when_a_request_may_not_pass(string head, string host)
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));

        var answer = await Raw(gateway, $"{head}\r\nHost: {host}\r\nX-API-Key: {gateway.Key.Text}\r\n\r\nabc");

        // 418 is the fixture's host, which gets what is not the gateway's.
        Assert.Matches("^HTTP/1.1 (400|404|405|418|501) ", answer);
        Assert.DoesNotContain("Exception", answer, StringComparison.Ordinal);
        Assert.Equal(0, origin.Calls);
        Assert.DoesNotContain(gateway.Records(), record => record.Billed);
    }

    [Fact]
    public async Task Passage_sees_one_request_when_two_framings_would_make_two()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));

        await Raw(
            gateway,
            $"POST /v1/api/first HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\nContent-Length: 4\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            + $"GET /v1/api/smuggled HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\n\r\n");

        // Refused, or read as chunked and then one at a time: never a body that the origin takes for a request.
        Assert.All(origin.Received, request => Assert.Equal("", request.Text));
        Assert.Equal(origin.Received.Count, gateway.Records().Count(record => record.Billed));
    }

    [Fact]
    public async Task Passage_answers_in_http_when_another_upgrade_is_asked_for()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url).Rpc("eth", origin.Url));

        var answer = await Raw(
            gateway,
            $"GET /v1/api/x HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
        const string call = """{"jsonrpc":"2.0","id":1,"method":"m"}""";
        var rpc = await Raw(
            gateway,
            $"POST /v1/eth HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\nConnection: Upgrade\r\nUpgrade: tls/1.0\r\n"
            + $"Content-Length: {call.Length}\r\n\r\n{call}");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", rpc, StringComparison.Ordinal);
        var received = origin.Received[0];
        foreach (var name in (string[])["Upgrade", "HTTP2-Settings", "Connection"]) Assert.Null(received.Header(name));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Passage_asks_for_the_body_only_when_it_wants_it(bool known)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.Echo();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));
        using var client = await RawClient.Connect(new Uri(gateway.Url).Port);
        await client.Send(
            $"POST /v1/api/x HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {(known ? gateway.Key.Text : "slc_sk_unknown")}\r\n"
            + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");

        if (known)
        {
            Assert.StartsWith("HTTP/1.1 100 Continue", await client.Receive(until: "\r\n\r\n"), StringComparison.Ordinal);
            await client.Send("hello");
            Assert.EndsWith("hello", await client.Receive(until: "hello"), StringComparison.Ordinal);
            Assert.Null(origin.Received.Single().Header("Expect"));
        }
        else
        {
            Assert.StartsWith("HTTP/1.1 401 ", await client.Receive(until: "\r\n\r\n"), StringComparison.Ordinal);
            Assert.Equal(0, origin.Calls);
        }
    }

    [Fact]
    public async Task Passage_keeps_spelling_and_length_of_a_target_up_to_the_servers_limit()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url + "/base"));
        // The server's own default; the host allows twice as much.
        var query = new string('q', 7_000);
        var target = "/a%2Fb/%2f/c%20d/%C3%A9/é?x=%2F&" + query;

        var answer = await Raw(gateway, $"GET /v1/api{target.Replace("é", "", StringComparison.Ordinal)} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\n\r\n");
        var longer = await Raw(gateway, $"GET /v1/api/x?{new string('q', 40_000)} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal("/base" + target.Replace("é", "", StringComparison.Ordinal), origin.Received.Single().Target);
        Assert.StartsWith("HTTP/1.1 414 ", longer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passage_brings_head_ranges_and_conditions_as_the_origin_answers_them()
    {
        await using var origin = await NginxOrigin.Start();
        await File.WriteAllTextAsync(Path.Combine(origin.Files, "text"), "0123456789");
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));

        using var head = await gateway.Http.SendAsync(gateway.Request(HttpMethod.Head, "/v1/api/files/text"));
        Assert.Equal((HttpStatusCode.OK, 10L), (head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        using var ranged = gateway.Request(HttpMethod.Get, "/v1/api/files/text");
        ranged.Headers.Range = new RangeHeaderValue(2, 4);
        using var part = await gateway.Http.SendAsync(ranged);
        Assert.Equal((HttpStatusCode.PartialContent, "234"), (part.StatusCode, await part.Content.ReadAsStringAsync()));
        Assert.Equal("bytes 2-4/10", part.Content.Headers.ContentRange?.ToString());
        using var beyond = gateway.Request(HttpMethod.Get, "/v1/api/files/text");
        beyond.Headers.Range = new RangeHeaderValue(20, 30);
        using var none = await gateway.Http.SendAsync(beyond);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, none.StatusCode);
        using var conditional = gateway.Request(HttpMethod.Get, "/v1/api/files/text");
        conditional.Headers.IfNoneMatch.Add(head.Headers.ETag!);
        using var unchanged = await gateway.Http.SendAsync(conditional);
        Assert.Equal((HttpStatusCode.NotModified, head.Headers.ETag), (unchanged.StatusCode, unchanged.Headers.ETag));
        Assert.Empty(await unchanged.Content.ReadAsByteArrayAsync());

        var usage = await gateway.Usage(4);
        Assert.Equal([200, 206, 416, 304], usage.Select(record => (int)record.Raw.Status));
        Assert.Equal([0, 3], usage.Take(2).Select(record => record.Raw.BytesDown));
        Assert.Equal(Outcome.CallerError, usage[2].Raw.Outcome);
    }

    [Theory]
    [InlineData(204), InlineData(304)]
    public async Task Passage_keeps_its_connections_in_step_when_an_answer_has_no_body(int status)
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = async (exchange, ct) =>
            await exchange.Write(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Nothing\r\nETag: \"a\"\r\n\r\n"), ct);
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));
        using var client = await RawClient.Connect(new Uri(gateway.Url).Port);

        for (var i = 0; i < 3; i++)
        {
            await client.Send($"GET /v1/api/{i} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\n\r\n");
            var answer = await client.Receive(until: "\r\n\r\n");
            Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} "), answer, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        }
        Assert.Equal(1, origin.Connections);
    }

    [Fact]
    public async Task Passage_leaves_the_body_whole_when_an_http1_origin_sends_trailers()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.Chunked(7, "X-Sum: 1");
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));
        const string call = """{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}""";
        foreach (var (url, version) in new[] { (gateway.Url, HttpVersion.Version11), (gateway.H2cUrl, HttpVersion.Version20) })
        {
            using var client = new HttpClient();
            using var request = gateway.Request(HttpMethod.Post, url + "/v1/api/x", new StringContent(call));
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
            using var answer = await client.SendAsync(request);
            Assert.Contains("result", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Empty(answer.TrailingHeaders);
        }
    }

    [Fact]
    public async Task Passage_shows_the_head_at_once_when_events_may_come_late()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = async (exchange, ct) =>
        {
            await exchange.Write(OriginExchange.Head(200, "text/event-stream", null, "Transfer-Encoding: chunked"), ct);
            await Task.Delay(Timeout.Infinite, ct);
        };
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url));
        foreach (var (url, version) in new[] { (gateway.Url, HttpVersion.Version11), (gateway.H2cUrl, HttpVersion.Version20) })
        {
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
            using var request = gateway.Request(HttpMethod.Get, url + "/v1/api/x");
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task Upload_that_stalls_is_the_clients_fault_and_puts_no_upstream_out()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Http("api", origin.Url)
            .With(service => service with { TimeoutMs = 300 }));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Raw(
            gateway,
            $"POST /v1/api/x HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {gateway.Key.Text}\r\nContent-Length: 10\r\n\r\nabc")));

        Assert.All(answers, answer =>
        {
            Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
            Assert.Contains("/problems/request.slow", answer, StringComparison.Ordinal);
        });
        Assert.All(await gateway.Usage(8), record => Assert.Equal((Outcome.Refused, 0L), (record.Raw.Outcome, record.Raw.Quantity)));
    }

    private static async Task<string> Raw(GatewayFixture gateway, string text)
    {
        using var client = await RawClient.Connect(new Uri(gateway.Url).Port);
        await client.Send(Encoding.Latin1.GetBytes(text));
        var head = await client.Receive(until: "\r\n\r\n", timeoutMs: 8_000);
        // Whatever follows at once belongs to the answer, too.
        return head.Contains("Content-Length: 0", StringComparison.OrdinalIgnoreCase) || !head.Contains("problem", StringComparison.Ordinal)
            ? head
            : head + await client.Receive(until: "}", timeoutMs: head.EndsWith('}') ? 1 : 3_000);
    }
}
