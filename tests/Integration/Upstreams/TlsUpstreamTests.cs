using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Upstreams;

/// <summary>Upstreams behind TLS: whom the gateway believes, and that no call is lost or doubled on the way.</summary>
public sealed class TlsUpstreamTests(TlsHouse house) : IClassFixture<TlsHouse>
{
    private (string, string) Certificate(string name) => house.Trusted.Write(house.Folder, name, ended: false, "localhost", "127.0.0.1");

    private string Log(string name) => Path.Combine(house.Folder, name + ".log");

    [Theory]
    [InlineData("jsonRpc", true), InlineData("jsonRpc", false), InlineData("http", true), InlineData("http", false)]
    public async Task Upstream_is_called_on_few_connections_by_the_version_that_it_offers(string protocol, bool http2)
    {
        var name = $"few-{protocol}-{http2}";
        await using var origin = await TlsNginx.Start(Certificate(name), http2, Log(name));
        var service = await house.Service(protocol, TlsNginx.Url(origin));

        var answers = await Parallel(8, 40, () => Call(protocol, service));

        Assert.All(answers, answer => Assert.Equal((200, NginxOrigin.Answer), answer));
        await Until.True(() => TlsNginx.Requests(Log(name)).Count >= answers.Count, "nginx has written all down");
        var requests = TlsNginx.Requests(Log(name));
        Assert.Equal(answers.Count, requests.Count);
        Assert.All(requests, request => Assert.Equal(http2 ? "HTTP/2.0" : "HTTP/1.1", request.Protocol));
        Assert.InRange(requests.DistinctBy(request => request.Connection).Count(), 1, http2 ? 2 : 10);
        await Recorded(service, answers.Count, billed: true);
    }

    [Theory]
    [InlineData("name"), InlineData("authority"), InlineData("ended"), InlineData("plain")]
    public async Task Upstream_that_cannot_prove_who_it_is_gets_no_call_and_is_not_named(string fault)
    {
        var file = "fault-" + fault;
        var certificate = fault switch
        {
            "name" => house.Trusted.Write(house.Folder, file, ended: false, "somebody-else.example", "127.0.0.2"),
            "authority" => house.Stranger.Write(house.Folder, file, ended: false, "localhost", "127.0.0.1"),
            "ended" => house.Trusted.Write(house.Folder, file, ended: true, "localhost", "127.0.0.1"),
            _ => Certificate(file),
        };
        await using var origin = await TlsNginx.Start(certificate, http2: true, Log(file));
        await using var plain = MisbehavingOrigin.Start();
        var url = fault == "plain" ? plain.Url.Replace("http:", "https:", StringComparison.Ordinal) : TlsNginx.Url(origin);
        var rpc = await house.Service("jsonRpc", url);
        var http = await house.Service("http", url);

        foreach (var (status, text) in new[] { await house.Rpc(rpc), await house.Rpc(rpc, "eth_sendTransaction"), await house.Get(http, "/x") })
        {
            Assert.Equal(503, status);
            Assert.Contains("upstream.none", text, StringComparison.Ordinal);
            foreach (var word in (string[])["127.0.0.1", "certificate", "SSL", "TLS", "authority", origin.Port.ToString(CultureInfo.InvariantCulture)])
                Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase);
        }
        foreach (var service in new[] { rpc, http })
        {
            var refused = await Assert.ThrowsAsync<WebSocketException>(() => Socket(service));
            Assert.Contains("503", refused.Message, StringComparison.Ordinal);
        }
        Assert.Empty(TlsNginx.Requests(Log(file)));
        Assert.Equal(0, plain.Calls);
        Assert.All(await Recorded(rpc, 2, billed: false), record => Assert.Equal(Outcome.UpstreamFault, record.Record.Outcome));
        await Recorded(http, 1, billed: false);
    }

    [Fact]
    public async Task Call_that_may_not_be_repeated_goes_elsewhere_when_an_upstream_never_ends_its_handshake()
    {
        var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        try
        {
            await using var origin = await TlsNginx.Start(Certificate("elsewhere"), http2: true, Log("elsewhere"));
            var service = await house.Service(
                "jsonRpc", string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{((IPEndPoint)mute.LocalEndpoint).Port}"),
                TlsNginx.Url(origin));

            var answers = await Parallel(8, 1, () => house.Rpc(service, "eth_sendTransaction"));

            Assert.All(answers, answer => Assert.Equal((200, NginxOrigin.Answer), answer));
        }
        finally
        {
            mute.Stop();
        }
    }

    [Theory]
    [InlineData("jsonRpc", true), InlineData("jsonRpc", false), InlineData("http", true), InlineData("http", false)]
    public async Task Upstream_that_was_started_again_is_called_as_if_nothing_had_been(string protocol, bool http2)
    {
        var name = $"again-{protocol}-{http2}";
        var certificate = Certificate(name);
        var origin = await TlsNginx.Start(certificate, http2, Log(name));
        try
        {
            var service = await house.Service(protocol, TlsNginx.Url(origin));
            for (var start = 0; start < 3; start++)
            {
                var answers = await Parallel(8, 5, () => Call(protocol, service));
                Assert.All(answers, answer => Assert.Equal((200, NginxOrigin.Answer), answer));
                await origin.DisposeAsync();
                if (start == 0) Assert.Equal(503, (await Call(protocol, service)).Status);
                origin = await TlsNginx.Start(certificate, http2, Log(name), onPort: origin.Port);
            }
        }
        finally
        {
            await origin.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("jsonRpc", true, "eth_getBalance"), InlineData("jsonRpc", true, "eth_sendTransaction")]
    [InlineData("jsonRpc", false, "eth_getBalance"), InlineData("http", true, ""), InlineData("http", false, "")]
    public async Task Call_is_neither_lost_nor_doubled_when_the_upstream_ends_connections_all_the_time(
        string protocol, bool http2, string method)
    {
        var name = $"goaway-{protocol}-{http2}-{method}";
        await using var origin = await TlsNginx.Start(Certificate(name), http2, Log(name), requests: 7);
        var service = await house.Service(protocol, TlsNginx.Url(origin));

        var answers = await Parallel(8, 50, () => method.Length > 0 ? house.Rpc(service, method) : house.Get(service, "/x"));

        Assert.Equal([(200, answers.Count)], answers.CountBy(answer => answer.Status).Select(pair => (pair.Key, pair.Value)));
        await Until.True(() => TlsNginx.Requests(Log(name)).Count >= answers.Count, "nginx has written all down");
        var requests = TlsNginx.Requests(Log(name));
        Assert.Equal(answers.Count, requests.Count);
        Assert.True(requests.DistinctBy(request => request.Connection).Count() > answers.Count / 8);
        await Recorded(service, answers.Count, billed: true);
    }

    [Theory]
    [InlineData("jsonRpc", true), InlineData("jsonRpc", false), InlineData("http", true), InlineData("http", false)]
    public async Task Call_is_neither_lost_nor_doubled_when_the_upstream_reloads(string protocol, bool http2)
    {
        var name = $"reload-{protocol}-{http2}";
        await using var origin = await TlsNginx.Start(Certificate(name), http2, Log(name));
        var service = await house.Service(protocol, TlsNginx.Url(origin));
        using var ended = new CancellationTokenSource();

        var load = Parallel(6, int.MaxValue, () => Call(protocol, service), ended.Token);
        for (var i = 1; i <= 4; i++)
        {
            var before = TlsNginx.Requests(Log(name)).Count;
            await Until.True(() => TlsNginx.Requests(Log(name)).Count > before + 100, "calls flow");
            using var hangUp = Process.Start("kill", ["-HUP", origin.Pid.ToString(CultureInfo.InvariantCulture)]);
            await hangUp.WaitForExitAsync();
        }
        await ended.CancelAsync();
        var answers = await load;

        Assert.Equal([(200, answers.Count)], answers.CountBy(answer => answer.Status).Select(pair => (pair.Key, pair.Value)));
        await Until.True(() => TlsNginx.Requests(Log(name)).Count >= answers.Count, "nginx has written all down");
        Assert.Equal(answers.Count, TlsNginx.Requests(Log(name)).Count);
    }

    [Theory]
    [InlineData("eth_getBalance", 200), InlineData("eth_sendTransaction", 502)]
    public async Task Call_on_a_connection_that_was_closed_meanwhile_is_repeated_where_that_is_safe(string method, int status)
    {
        // A third call on a connection finds it closed, and has already been sent by then.
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.UseHttps(house.Trusted.Issue(ended: false, "localhost", "127.0.0.1"));
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        await using var origin = builder.Build();
        var calls = new ConcurrentDictionary<string, int>();
        origin.Run(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            if (calls.AddOrUpdate(http.Connection.Id, 1, (_, count) => count + 1) == 3) http.Abort();
            else await http.Response.WriteAsync(NginxOrigin.Answer);
        });
        await origin.StartAsync();
        var service = await house.Service("jsonRpc", origin.Urls.First());

        var statuses = new List<int>();
        for (var i = 0; i < 6; i++) statuses.Add((await house.Rpc(service, method)).Status);

        Assert.Equal(status == 200 ? 6 : 4, statuses.Count(one => one == 200));
        Assert.All(statuses, one => Assert.True(one == 200 || one == status, string.Join(' ', statuses)));
    }

    [Theory]
    [InlineData("eth_getBalance", true), InlineData("eth_getBalance", false)]
    [InlineData("eth_sendTransaction", true), InlineData("eth_sendTransaction", false)]
    public async Task Call_on_a_new_connection_that_breaks_is_repeated_where_that_is_safe(string method, bool tls)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            if (tls) listener.UseHttps(house.Trusted.Issue(ended: false, "localhost", "127.0.0.1"));
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        await using var origin = builder.Build();
        var breaks = true;
        origin.Run(async http =>
        {
            using var body = new StreamReader(http.Request.Body);
            var isCall = (await body.ReadToEndAsync()).Contains(method, StringComparison.Ordinal);
            http.Response.Headers.Connection = "close";
            // Probes come whenever they want, and change nothing.
            if (isCall && breaks) http.Abort();
            else await http.Response.WriteAsync(NginxOrigin.Answer);
            if (isCall) breaks = !breaks;
        });
        await origin.StartAsync();
        var service = await house.Service("jsonRpc", origin.Urls.First());

        var statuses = new List<int>();
        for (var i = 0; i < 4; i++) statuses.Add((await house.Rpc(service, method)).Status);

        Assert.Equal(method == "eth_getBalance" ? [200, 200, 200, 200] : [502, 200, 502, 200], statuses);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1), InlineData(HttpProtocols.Http2)]
    public async Task Plain_call_that_harms_nobody_is_repeated_once_when_its_connection_breaks(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = protocols;
            listener.UseHttps(house.Trusted.Issue(ended: false, "localhost", "127.0.0.1"));
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        await using var origin = builder.Build();
        var calls = 0;
        origin.Run(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            // As a process does that ends: the whole connection, without a word.
            var breaks = http.Request.Path == "/never" || Interlocked.Increment(ref calls) % 3 == 0;
            if (breaks) http.Features.Get<IConnectionLifetimeFeature>()!.Abort();
            else await http.Response.WriteAsync(NginxOrigin.Answer);
        });
        await origin.StartAsync();
        var service = await house.Service("http", origin.Urls.First());

        for (var i = 0; i < 10; i++) Assert.Equal((200, NginxOrigin.Answer), await house.Get(service, "/any"));
        Assert.Equal(502, (await house.Get(service, "/never")).Status);
        var sent = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            using var request = house.Request(HttpMethod.Post, $"{house.Url}/v1/{service}/any", new StringContent("once"));
            using var answer = await house.Http.SendAsync(request);
            sent.Add((int)answer.StatusCode);
        }
        Assert.Equal([200, 502], sent.Order().Distinct());
    }

    [Fact]
    public async Task Log_shows_the_digests_of_what_client_and_origin_had_in_their_hands()
    {
        await using var origin = await TlsNginx.Start(Certificate("digests"), http2: true, Log("digests"));
        var service = await house.Service("http", TlsNginx.Url(origin));
        using var request = house.Request(HttpMethod.Post, $"{house.Url}/v1/{service}/x", new StringContent("hello"));
        using var answer = await house.Http.SendAsync(request);
        var text = await answer.Content.ReadAsByteArrayAsync();
        var id = answer.Headers.GetValues("X-Request-Id").Single();
        var expected = (Half("hello"u8), Half(text));

        using var ask = new HttpRequestMessage(HttpMethod.Get, $"{house.Url}/api/v1/log?requestId={id}");
        ask.Headers.Authorization = new("Bearer", await house.Installation.CreateToken());
        using var log = await house.Http.SendAsync(ask);
        var row = JsonNode.Parse(await log.Content.ReadAsStringAsync())!["data"]!.AsArray().Single()!;
        Assert.Equal(expected, (row["requestDigest"]!.GetValue<string>(), row["answerDigest"]!.GetValue<string>()));
        var shown = await house.Verb("log", "show", "--request", id, "--json");
        Assert.Contains(expected.Item1, shown, StringComparison.Ordinal);
        Assert.Contains(expected.Item2, shown, StringComparison.Ordinal);
    }

    private static string Half(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];

    private Task<(int Status, string Text)> Call(string protocol, string service) =>
        protocol == "jsonRpc" ? house.Rpc(service) : house.Get(service, "/any");

    private async Task<IReadOnlyList<Chaos.BookRecord>> Recorded(string service, int count, bool billed)
    {
        await Until.True(() => house.Records(service).Count(IsCall) >= count, "all are recorded");
        var records = house.Records(service).Where(IsCall).ToList();
        Assert.Equal(count, records.Count);
        Assert.All(records, record => Assert.Equal(billed ? 3 : 0, record.Record.Quantity));
        return records;
    }

    // Calls without a key, by which the test saw that the service is there, are refusals.
    private static bool IsCall(Chaos.BookRecord record) => record.Record.Outcome != Outcome.Refused;

    private async Task<ClientWebSocket> Socket(string service)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-API-Key", house.Key);
        await socket.ConnectAsync(new Uri($"ws{house.Url["http".Length..]}/v1/{service}"), CancellationToken.None);
        return socket;
    }

    private static async Task<List<(int Status, string Text)>> Parallel(
        int workers, int calls, Func<Task<(int Status, string Text)>> call, CancellationToken ended = default)
    {
        var all = await Task.WhenAll(Enumerable.Range(0, workers).Select(async _ =>
        {
            var answers = new List<(int, string)>();
            for (var i = 0; i < calls && !ended.IsCancellationRequested; i++) answers.Add(await call());
            return answers;
        }));
        return [.. all.SelectMany(answers => answers)];
    }
}
