using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Sluice.Gateway.Snapshot;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Gateway;

/// <summary>An upstream's credentials and the gateway's insides are told to nobody.</summary>
public sealed class RpcLeakTests
{
    private const string PathSecret = "pathSecret0123456789abcdef";
    private const string QuerySecret = "querySecret0123456789abcdef";
    private const string HeaderSecret = "headerSecret0123456789abcdef";

    private static readonly string[] Forbidden =
    [
        PathSecret, QuerySecret, HeaderSecret, "127.0.0.1", "   at ", "Exception", "System.", "Sluice.Gateway", "/v2/",
    ];

    [Fact]
    public async Task Credentials_are_in_no_answer_header_log_metric_or_record_whatever_fails()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var gateway = await GatewayFixture.Start(setup => setup.Services =
        [
            Secretive("eth", origin.Url),
            Secretive("away", $"http://127.0.0.1:{FreePort.Next()}"),
            Secretive("tls", origin.Url.Replace("http:", "https:", StringComparison.Ordinal)),
        ]);
        using var metrics = new MetricTags();
        var key = gateway.NewKey();
        foreach (var behaviour in Failures())
        {
            origin.Default = behaviour;
            Check(await gateway.Post(key), key);
        }
        foreach (var path in new[] { "/v1/away", "/v1/tls", "/v1/nothing", "/v1/eth/x", "/v1/eth/~" + key.Text })
            Check(await gateway.Post(key, path: path), key);
        foreach (var body in new[] { "", "{", "[1]", RpcClient.WithId("1", "m", "5") }) Check(await gateway.Post(key, body), key);
        metrics.Read();

        Assert.NotEmpty(metrics.All);
        foreach (var tag in metrics.All) None(tag, "metric");
        foreach (var one in gateway.Records()) None($"{one.Service} {one.Method} {one.Upstream}", "record");
        foreach (var file in Directory.EnumerateFiles(gateway.Journal.Directory, "*.seg"))
        {
            await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var text = new StreamReader(open, Encoding.Latin1);
            var all = await text.ReadToEndAsync();
            foreach (var secret in new[] { PathSecret, QuerySecret, HeaderSecret, key.Text }) Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        }
        foreach (var (_, category, text) in gateway.Log.Lines)
        {
            foreach (var secret in new[] { PathSecret, QuerySecret, HeaderSecret })
                Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{category}: {text}");
            // The server's own debug lines tell paths; what the gateway writes never tells a key.
            if (category.StartsWith("Sluice", StringComparison.Ordinal)) Assert.DoesNotContain(key.Text, text, StringComparison.Ordinal);
        }
        // The upstream did get them.
        Assert.Contains(origin.Received, request => request.Target.Contains(PathSecret, StringComparison.Ordinal)
            && request.Target.Contains(QuerySecret, StringComparison.Ordinal) && request.Header("X-Token") == HeaderSecret);
    }

    private static ServiceConfig Secretive(string name, string url) => GatewaySetup.ServiceOver() with
    {
        Name = name,
        TimeoutMs = 500,
        ResponseBytesMax = 100_000,
        Upstreams = [GatewaySetup.Upstream("node", $"{url}/v2/{PathSecret}?key={QuerySecret}", ("X-Token", HeaderSecret), ("Authorization", "Bearer " + HeaderSecret))],
    };

    private static IEnumerable<Behaviour> Failures() =>
    [
        Behaviours.Html(500), Behaviours.Html(401), Behaviours.Html(200), Behaviours.WrongId(), Behaviours.TooManyRequests(5),
        Behaviours.Echo(), Behaviours.Huge(200_000), Behaviours.GzipBomb(1_000_000), Behaviours.InternalError(),
        BrokenBehaviours.Truncated(), BrokenBehaviours.CutJson(), BrokenBehaviours.HangBeforeHeaders(),
        BrokenBehaviours.ResetWithoutAnswer(), BrokenBehaviours.MalformedChunks(), BrokenBehaviours.FalseGzip(),
        BrokenBehaviours.InvalidHeaders(), BrokenBehaviours.Noise(), BrokenBehaviours.TwoLengths(),
        Behaviours.Body("denied", 403, "text/plain", $"X-Debug: {HeaderSecret}", $"Location: /v2/{PathSecret}"),
        Behaviours.JsonRpcError(-32603, $"Post https://user:{HeaderSecret}@node.internal/v2/{PathSecret}: refused"),
        Behaviours.JsonRpcError(-32000, $"upstream /v2/{PathSecret} timed out"),
        Behaviours.JsonRpcError(-32601, $"no such method at {PathSecret}"),
        Behaviours.JsonRpcError(-32602, "bad", $"{{\"key\":\"{QuerySecret}\"}}"),
        Behaviours.JsonRpcError(3, $"reverted {HeaderSecret}"),
        Behaviours.JsonRpcError(-32005, $"project {QuerySecret} exceeded", status: 429),
    ];

    private static void Check(RpcReply reply, TestKey key)
    {
        var head = string.Join('\n', reply.Headers.Select(header => $"{header.Key}: {header.Value}"));
        None(reply.Body, "body");
        None(head, "head");
        Assert.DoesNotContain(key.Text, reply.Body + head, StringComparison.Ordinal);
        Assert.NotNull(reply.Header("X-Request-Id"));
    }

    private static void None(string text, string where)
    {
        foreach (var word in Forbidden) Assert.False(text.Contains(word, StringComparison.Ordinal), $"{word} in {where}: {text}");
    }

    /// <summary>Names and tags of everything that the gateway measures.</summary>
    private sealed class MetricTags : IDisposable
    {
        private readonly MeterListener _listener = new();

        public MetricTags()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name.StartsWith("Sluice", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Take(instrument, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Take(instrument, tags));
            _listener.Start();
        }

        public ConcurrentBag<string> All { get; } = [];

        public void Read() => _listener.RecordObservableInstruments();

        public void Dispose() => _listener.Dispose();

        private void Take(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (name, value) in tags) All.Add($"{instrument.Name} {name}={value}");
        }
    }
}
