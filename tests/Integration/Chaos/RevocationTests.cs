using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Sluice.Integration.Origins;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>Keys come and go on all processes within a second, under load.</summary>
public sealed class RevocationTests(PostgresCluster postgres)
{
    private static readonly TimeSpan ASecond = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Keys_are_created_rotated_and_revoked_on_every_process_within_a_second()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var app = await installation.CreateApp();
        var other = (await installation.CreateKey(app)).Secret;
        var token = await installation.CreateToken();
        var here = await installation.Start("gateway,portal");
        var there = await installation.Start("gateway");
        using var api = new HttpClient { BaseAddress = here.BaseUrl };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var http = new HttpClient();
        await using var load = new Load(there.Port, new LoadPlan(4, [Call.Single(other)], 1) { Pause = TimeSpan.FromMilliseconds(1) });
        await Until.True(() => load.Good > 100, "the other process is under load");

        var (id, key) = await Issue(api, $"/api/v1/apps/{app.Id}/keys", new { name = "new" });
        Assert.Equal(HttpStatusCode.OK, await Status(http, here, key));
        await Within(ASecond, async () => await Status(http, there, key) == HttpStatusCode.OK, "the new key works there");

        var rotated = Stopwatch.StartNew();
        var (next, successor) = await Issue(api, $"/api/v1/keys/{id}/rotate", new { overlapSeconds = 2 });
        Assert.Equal(HttpStatusCode.OK, await Status(http, here, successor));
        Assert.Equal(HttpStatusCode.OK, await Status(http, here, key));
        await Within(ASecond, async () => await Status(http, there, successor) == HttpStatusCode.OK, "the successor works there");
        foreach (var process in new[] { here, there })
        {
            await Until.True(
                async () => await Status(http, process, key) == HttpStatusCode.Unauthorized, "the old key ends", TimeSpan.FromSeconds(10));
        }
        Assert.InRange(rotated.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(20));

        using (var revoked = await api.PostAsync(new Uri($"/api/v1/keys/{next}/revoke", UriKind.Relative), null))
            Assert.True(revoked.IsSuccessStatusCode, $"{revoked.StatusCode}");
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(http, here, successor));
        await Within(ASecond, async () => await Status(http, there, successor) == HttpStatusCode.Unauthorized, "it is revoked there");
        await load.Stop();
        Assert.DoesNotContain(load.Answers, answer => answer.Status != 200);
    }

    private static async Task Within(TimeSpan most, Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        await Until.True(condition, what);
        Assert.True(clock.Elapsed <= most, $"{what}: only after {clock.Elapsed}");
    }

    private static async Task<(string Id, string Secret)> Issue(HttpClient api, string path, object body)
    {
        using var answer = await api.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var issued = JsonDocument.Parse(text);
        return (issued.RootElement.GetProperty("key").GetProperty("id").GetString()!,
            issued.RootElement.GetProperty("secret").GetString()!);
    }

    private static async Task<HttpStatusCode> Status(HttpClient http, SluiceProcess process, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(process.BaseUrl, $"/v1/{Installation.Service}"));
        request.Headers.Add("X-API-Key", key);
        request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}""");
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
