using System.Globalization;
using Sluice.Integration.Chaos;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Host;

/// <summary>What a collector is told, and that a bad one harms nobody.</summary>
public sealed class OtlpTests(PostgresCluster postgres)
{
    private const int CallsLeast = 30;

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Collector_is_told_what_metrics_says(string protocol)
    {
        await using var collector = await OtlpCollector.Start(grpc: protocol == "grpc");
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.JsonRpc();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var gateway = await Start(
            installation, collector.Url, protocol, ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=tests"));
        var calls = await Relay(installation, gateway);

        await Until.True(() => Relayed(collector) == calls, "the calls arrive", TimeSpan.FromSeconds(20));

        Assert.Empty(collector.Faults);
        Assert.Equal("sluice", collector.Resource["service.name"]);
        Assert.Equal("tests", collector.Resource["deployment.environment.name"]);
        Assert.NotEmpty(collector.Resource["service.version"]);
        Assert.NotEmpty(collector.Resource["service.instance.id"]);
        var relayed = collector.Points.Single(point => point.Metric == "sluice.relay.requests");
        Assert.Equal(("Sluice.Gateway", "sum"), (relayed.Scope, relayed.Kind));
        Assert.Equal(
            [("service", "chain"), ("status_class", "2xx"), ("upstream", "origin")],
            relayed.Attributes.Where(one => one.Key != "method").OrderBy(one => one.Key).Select(one => (one.Key, one.Value)));
        var duration = collector.Points.Single(point => point.Metric == "sluice.relay.duration");
        Assert.Equal(("histogram", "s", (ulong)calls), (duration.Kind, duration.Unit, duration.Count));
        Assert.InRange(duration.Bounds[0], 0.0001, 0.01);
        // Everything that /metrics shows is told, and nothing else.
        foreach (var name in new[] { "sluice.journal.accepting", "sluice.metering.pump.lag", "http.server.request.duration", "dotnet.process.memory.working_set" })
            Assert.Contains(collector.Points, point => point.Metric == name);
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri(gateway.BaseUrl, "/metrics"));
        foreach (var metric in collector.Points.Select(point => point.Metric).Distinct())
            Assert.Contains($"# TYPE {metric.Replace('.', '_')}", text, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.Shutdown(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task The_name_of_the_service_follows_the_environment()
    {
        await using var collector = await OtlpCollector.Start(grpc: false);
        await using var origin = MisbehavingOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        await Start(installation, null, "http/protobuf",
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", $"{collector.Url}/v1/metrics"), ("OTEL_SERVICE_NAME", "edge-7"));
        await Until.True(() => collector.Points.Count > 0, "metrics arrive", TimeSpan.FromSeconds(20));
        Assert.Equal("edge-7", collector.Resource["service.name"]);
    }

    [Fact]
    public async Task Relays_go_on_when_the_collector_is_overloaded_silent_or_gone_and_it_is_told_all_afterwards()
    {
        await using var origin = MisbehavingOrigin.Start();
        origin.Default = Behaviours.JsonRpc();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var collector = await OtlpCollector.Start(grpc: false);
        var port = collector.Port;
        SluiceProcess gateway;
        var calls = 0L;
        await using (collector)
        {
            gateway = await Start(installation, collector.Url, "http/protobuf", ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"));
            foreach (var mood in new[] { CollectorMood.Overloaded, CollectorMood.Silent })
            {
                collector.Mood = mood;
                var before = collector.Requests;
                await Until.True(() => collector.Requests > before, "it is asked", TimeSpan.FromSeconds(20));
                calls += await Relay(installation, gateway);
            }
        }
        calls += await Relay(installation, gateway);
        await using var back = await OtlpCollector.Start(grpc: false, port);
        calls += await Relay(installation, gateway);
        await Until.True(() => Relayed(back) == calls, "all calls are told in the end", TimeSpan.FromSeconds(30));

        back.Mood = CollectorMood.Silent;
        Assert.Equal(0, await gateway.Shutdown(TimeSpan.FromSeconds(30)));
    }

    private static double Relayed(OtlpCollector collector) =>
        collector.Points.Where(point => point.Metric == "sluice.relay.requests").Sum(point => point.Value);

    private static async Task<long> Relay(Installation installation, SluiceProcess gateway)
    {
        var key = (await installation.CreateKey(await installation.CreateApp())).Secret;
        await using var load = new Load(gateway.Port, new LoadPlan(2, [Call.Single(key)], 1));
        await Until.True(() => load.Good >= CallsLeast, "calls are answered", TimeSpan.FromSeconds(30));
        await load.Stop();
        Assert.Empty(load.Unanswered);
        // 401 until the gateway knows the key, which another process made.
        Assert.DoesNotContain(load.Answers, answer => answer.Status is not (200 or 401));
        return load.Good;
    }

    private static Task<SluiceProcess> Start(
        Installation installation, string? endpoint, string protocol, params (string Name, string? Value)[] settings) =>
        installation.Start(
            "gateway",
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_METRIC_EXPORT_INTERVAL", 300.ToString(CultureInfo.InvariantCulture)), .. settings,
            ]);
}
