using System.Net;
using System.Net.Http.Headers;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Host;

public sealed class CallRatesTests
{
    [Fact]
    public async Task Who_asks_too_often_waits_and_nobody_else_does()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions
        {
            Environment = new Dictionary<string, string?> { ["SLUICE_API__CALLSPERSECOND"] = "1", ["SLUICE_API__CALLSBURST"] = "5" },
        });
        var (hasty, patient) = (await Token("hasty"), await Token("patient"));
        using var http = new HttpClient { BaseAddress = sluice.BaseUrl };
        HttpResponseMessage? refused = null;
        for (var i = 0; i < 20 && refused is null; i++)
        {
            var answer = await Ask("api/v1/organizations", hasty);
            if (answer.StatusCode == HttpStatusCode.OK) answer.Dispose();
            else refused = answer;
        }
        using (refused)
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused?.StatusCode);
            Assert.InRange(refused!.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 2);
            Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
            Assert.Contains("api.too-many", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using (var other = await Ask("api/v1/organizations", patient)) Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        await Until.True(async () =>
        {
            using var again = await Ask("api/v1/organizations", hasty);
            return again.StatusCode == HttpStatusCode.OK;
        }, "the hasty one is let in again");

        // A stranger has a rate on routes, and pages stay open: people behind one proxy share its address.
        var strange = new List<HttpStatusCode>();
        for (var i = 0; i < 10; i++) strange.Add(await Status("api/v1/me"));
        Assert.Contains(HttpStatusCode.TooManyRequests, strange);
        Assert.Equal(HttpStatusCode.Unauthorized, strange[0]);
        for (var i = 0; i < 10; i++) Assert.Equal(HttpStatusCode.OK, await Status("sign-in"));
        Assert.Equal(HttpStatusCode.OK, await Status("health/live"));

        async Task<string> Token(string name) =>
            (await sluice.VerbJson("token", "create", "--operator", "--name", name)).GetProperty("secret").GetString()!;

        async Task<HttpResponseMessage> Ask(string path, string? token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return await http.SendAsync(request);
        }

        async Task<HttpStatusCode> Status(string path)
        {
            using var answer = await Ask(path, null);
            return answer.StatusCode;
        }
    }
}
