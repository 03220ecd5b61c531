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

/// <summary>An organization is shut out, and let in again, on all processes within a second, under load.</summary>
public sealed class SuspensionTests(PostgresCluster postgres)
{
    private static readonly TimeSpan ASecond = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_suspended_organization_is_refused_on_every_process_within_a_second_and_resumed_likewise()
    {
        await using var origin = await NginxOrigin.Start();
        await using var installation = await Installation.Open(await postgres.CreateDatabase(), origin.Url);
        var app = await installation.CreateApp();
        var key = (await installation.CreateKey(app)).Secret;
        var here = await installation.Start("gateway,portal");
        var there = await installation.Start("gateway,portal");
        using var api = Api(here, await installation.CreateToken());
        var own = await Token(api, app.Organization.ToString());
        using var member = Api(there, own);
        using var http = new HttpClient();
        await using var load = new Load(there.Port, new LoadPlan(4, [Call.Single(key)], 1) { Pause = TimeSpan.FromMilliseconds(1) });
        await Until.True(() => load.Good > 100, "the other process is under load");
        Assert.Equal(HttpStatusCode.OK, await Ask(member));

        for (var round = 0; round < 2; round++)
        {
            await Post(api, $"/api/v1/organizations/{app.Organization}/suspend", new { why = "unpaid" });
            var clock = Stopwatch.StartNew();
            Assert.Equal((403, "organization.suspended"), await Relay(http, here, key));
            await Until.True(async () => (await Relay(http, there, key)).Status == 403, "it is refused there");
            Assert.True(clock.Elapsed <= ASecond, $"only after {clock.Elapsed}");
            Assert.Equal(HttpStatusCode.Unauthorized, await Ask(member));

            // A process that starts meanwhile knows it, too.
            if (round == 0)
            {
                var late = await installation.Start("gateway");
                Assert.Equal((403, "organization.suspended"), await Relay(http, late, key));
            }
            await Post(api, $"/api/v1/organizations/{app.Organization}/resume", null);
            clock.Restart();
            Assert.Equal(200, (await Relay(http, here, key)).Status);
            await Until.True(async () => (await Relay(http, there, key)).Status == 200, "it works there again");
            Assert.True(clock.Elapsed <= ASecond, $"only after {clock.Elapsed}");
            Assert.Equal(HttpStatusCode.OK, await Ask(member));
        }
        await load.Stop();
        Assert.Contains(load.Answers, answer => answer.Status == 403);
        Assert.DoesNotContain(load.Answers, answer => answer.Status is not (200 or 403));
    }

    private static HttpClient Api(SluiceProcess process, string token)
    {
        var api = new HttpClient { BaseAddress = process.BaseUrl };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return api;
    }

    private static async Task<HttpStatusCode> Ask(HttpClient api)
    {
        using var answer = await api.GetAsync(new Uri("/api/v1/organizations", UriKind.Relative));
        return answer.StatusCode;
    }

    private static async Task<JsonElement> Post(HttpClient api, string path, object? body)
    {
        using var answer = await api.PostAsync(new Uri(path, UriKind.Relative), body is null ? null : JsonContent.Create(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static async Task<string> Token(HttpClient api, string organization) =>
        (await Post(api, "/api/v1/tokens", new { organization, name = "ci" })).GetProperty("secret").GetString()!;

    private static async Task<(int Status, string? Type)> Relay(HttpClient http, SluiceProcess process, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(process.BaseUrl, $"/v1/{Installation.Service}"));
        request.Headers.Add("X-API-Key", key);
        request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}""");
        using var answer = await http.SendAsync(request);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var type = document.RootElement.TryGetProperty("error", out var error)
            ? error.GetProperty("data").GetProperty("type").GetString()
            : null;
        return ((int)answer.StatusCode, type);
    }
}
