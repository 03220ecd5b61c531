using System.Net.Http.Headers;
using System.Text.Json;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>Answers from memory in a whole installation: from the catalog's rule to the sums of usage.</summary>
public sealed class RecallTests(PostgresCluster postgres)
{
    [Fact]
    public async Task Recalled_calls_are_counted_as_cached_over_a_crash_and_a_new_version_of_the_service()
    {
        await using var origin = MisbehavingOrigin.Start();
        await using var other = MisbehavingOrigin.Start();
        other.Default = Behaviours.JsonRpc((_, _) => "\"0x2\"");
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        await installation.Import(Service(origin.Url));
        var apps = new[] { await installation.CreateApp(), await installation.CreateApp() };
        var keys = new[] { (await installation.CreateKey(apps[0])).Secret, (await installation.CreateKey(apps[1])).Secret };
        var sluice = await installation.Start("gateway,portal,worker");
        using var http = new HttpClient();

        for (var i = 0; i < 60; i++) Assert.Contains("\"0x1\"", await Ask(http, sluice, keys[i % 2]), StringComparison.Ordinal);
        Assert.Equal(1, origin.Calls);
        Assert.Equal(59, await Metrics.Value(sluice, "sluice_relay_recalls_total{result=\"hit\"}"));
        await sluice.Crash();
        await sluice.Up();
        for (var i = 0; i < 40; i++) Assert.Contains("\"0x1\"", await Ask(http, sluice, keys[i % 2]), StringComparison.Ordinal);
        Assert.Equal(2, origin.Calls);

        await installation.Import(Service(other.Url));
        var asked = 100;
        await Until.True(async () =>
        {
            asked++;
            return (await Ask(http, sluice, keys[0])).Contains("0x2", StringComparison.Ordinal);
        }, "the new version answers");
        Assert.Equal((2L, 1L), (origin.Calls, other.Calls));

        using var api = new HttpClient { BaseAddress = sluice.BaseUrl };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await installation.CreateToken());
        var usage = Array.Empty<(bool Cached, long Calls, long Units, long UpstreamCalls)>();
        await Until.True(async () =>
        {
            usage = await Usage(api);
            return usage.Sum(row => row.Calls) == asked;
        }, "all calls are in the rollups", TimeSpan.FromSeconds(20));
        Assert.Equal([(false, 3L, 12L, 3L), (true, asked - 3L, (asked - 3L) * 4, 0L)], usage.OrderBy(row => row.Cached));
        var log = JsonDocument.Parse(await api.GetStringAsync(new Uri("/api/v1/log?limit=1000", UriKind.Relative)))
            .RootElement.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(asked, log.Length);
        Assert.All(log, row => Assert.Equal(row.GetProperty("cached").GetBoolean(), row.GetProperty("upstream").GetString() is null or ""));
    }

    private static object Service(string url) => new
    {
        name = Installation.Service,
        title = "Chain",
        enabled = true,
        prices = new { defaultUnits = 1, methods = new Dictionary<string, long> { ["eth_gasPrice"] = 4 } },
        cache = new[] { new { method = "eth_gasPrice", ttlMs = 3_600_000 } },
        upstreams = new[] { new { name = "origin", url } },
    };

    private static async Task<string> Ask(HttpClient http, SluiceProcess sluice, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sluice.BaseUrl, $"/v1/{Installation.Service}"));
        request.Headers.Add("X-API-Key", key);
        request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_gasPrice"}""");
        using var answer = await http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<(bool Cached, long Calls, long Units, long UpstreamCalls)[]> Usage(HttpClient api)
    {
        using var json = JsonDocument.Parse(await api.GetStringAsync(new Uri("/api/v1/usage?groupBy=cached", UriKind.Relative)));
        return [.. json.RootElement.GetProperty("data").EnumerateArray().Select(row => (
            row.GetProperty("cached").GetBoolean(), row.GetProperty("calls").GetInt64(), row.GetProperty("units").GetInt64(),
            row.GetProperty("upstreamCalls").GetInt64()))];
    }
}
