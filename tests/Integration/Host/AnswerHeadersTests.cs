using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Host;

/// <summary>What every answer tells a browser, whether it worked or not.</summary>
public sealed class AnswerHeadersTests
{
    private static readonly HttpMethod Trace = HttpMethod.Trace;

    [Fact]
    public async Task Every_answer_says_how_it_may_be_used()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions
        {
            Environment = new Dictionary<string, string?> { ["SLUICE_PUBLIC_URL"] = "https://gateway.example" },
        });
        using var http = Client(sluice);
        var token = (await sluice.VerbJson("token", "create", "--operator", "--name", "headers")).GetProperty("secret").GetString()!;
        string[] paths =
        [
            "/", "/nowhere", "/health/live", "/health/ready", "/metrics", "/openapi.json", "/api/v1/organizations", "/api/v1/nowhere",
            "/api/v1/audit/export?format=csv", "/.well-known/jwks.json", "/internal/nowhere", "/v1/nowhere",
        ];
        foreach (var (path, bearer) in paths.SelectMany(path => new[] { (path, (string?)null), (path, token) }))
        {
            using var answer = await Ask(http, HttpMethod.Get, path, bearer);
            Assert.True(One(answer, "X-Content-Type-Options") == "nosniff", path);
            if (answer.Content.Headers.ContentType is { MediaType: { } media } type && media.StartsWith("text/", StringComparison.Ordinal))
                Assert.True(type.CharSet is "utf-8" or "UTF-8", path);
            if (path.StartsWith("/v1/", StringComparison.Ordinal)) continue;
            Guarded(answer, path);
            Assert.Equal("max-age=31536000; includeSubDomains", One(answer, "Strict-Transport-Security"));
            Assert.True(path.StartsWith("/.well", StringComparison.Ordinal) || answer.Headers.CacheControl?.NoStore == true, path);
        }
    }

    [Fact]
    public async Task Trace_is_refused_and_gives_nothing_back()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        using var http = Client(sluice);
        foreach (var path in new[] { "/", "/health/live", "/api/v1/me", "/auth/token", "/v1/nowhere", "/nowhere" })
        {
            using var request = new HttpRequestMessage(Trace, path);
            request.Headers.Add("X-Marked", "8f1c5d");
            using var answer = await http.SendAsync(request);
            Assert.InRange((int)answer.StatusCode, 400, 499);
            Assert.DoesNotContain("8f1c5d", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_fault_says_it_too_and_no_more_than_a_number()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions());
        using var http = Client(sluice);
        var file = Path.Combine(sluice.Data, "postgres", "cluster", "postmaster.pid");
        var server = File.ReadLines(file).First();
        using (var kill = System.Diagnostics.Process.Start("kill", ["-KILL", server])) await kill.WaitForExitAsync();
        var token = $"slc_at_{new string('0', 38)}";
        await Until.True(
            async () =>
            {
                using var answer = await Ask(http, HttpMethod.Get, "/.well-known/jwks.json", token);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable) return false;
                Guarded(answer, "503");
                Assert.Equal("nosniff", One(answer, "X-Content-Type-Options"));
                var text = await answer.Content.ReadAsStringAsync();
                Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
                Assert.DoesNotContain("Npgsql", text, StringComparison.Ordinal);
                return true;
            },
            "the database is away");
    }

    private static void Guarded(HttpResponseMessage answer, string path)
    {
        Assert.Equal(26, One(answer, "X-Request-Id")?.Length);
        var policy = One(answer, "Content-Security-Policy") ?? "";
        foreach (var part in new[] { "default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'" })
            Assert.True(policy.Contains(part, StringComparison.Ordinal), string.Create(CultureInfo.InvariantCulture, $"{path}: {policy}"));
        Assert.True(One(answer, "Referrer-Policy") is "no-referrer" or "same-origin", path);
    }

    private static async Task<HttpResponseMessage> Ask(HttpClient http, HttpMethod method, string path, string? bearer)
    {
        using var request = new HttpRequestMessage(method, path);
        if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return await http.SendAsync(request);
    }

    private static string? One(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;

    private static HttpClient Client(SluiceProcess sluice) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = sluice.BaseUrl };
}
