using System.Net;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Portal;

/// <summary>What the portal's answers forbid, and what it does not take.</summary>
[Collection(PortalCollection.Name)]
public sealed class WebSecurityTests(PortalSite site, PostgresCluster postgres)
{
    [Theory]
    [InlineData("/")]
    [InlineData("/docs/keys")]
    [InlineData("/nowhere")]
    [InlineData("/sign-in")]
    public async Task Page_forbids_all_that_it_does_not_need(string path)
    {
        using var http = Client();
        using var first = await Get(http, path);
        using var second = await Get(http, path);
        var policy = Header(first, "Content-Security-Policy");
        Assert.StartsWith("default-src 'none'; script-src 'nonce-", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (var part in new[] { "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "trusted-types 'none'" })
            Assert.Contains(part, policy, StringComparison.Ordinal);
        // A nonce that comes twice is none.
        Assert.NotEqual(policy, Header(second, "Content-Security-Policy"));
        Assert.Equal("nosniff", Header(first, "X-Content-Type-Options"));
        Assert.Equal("DENY", Header(first, "X-Frame-Options"));
        Assert.Equal("same-origin", Header(first, "Referrer-Policy"));
        Assert.Equal("same-origin", Header(first, "Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header(first, "Cross-Origin-Resource-Policy"));
        Assert.Equal("no-store", Header(first, "Cache-Control"));
        Assert.Contains("camera=()", Header(first, "Permissions-Policy"), StringComparison.Ordinal);
        // Without TLS the promise would lock people out.
        Assert.False(first.Headers.Contains("Strict-Transport-Security"));
        foreach (var cookie in first.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [])
        {
            Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal);
            Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Relay_carries_nothing_of_the_portal()
    {
        using var http = Client();
        using var answer = await http.GetAsync(new Uri("/v1/eth", UriKind.Relative));
        foreach (var name in new[] { "Content-Security-Policy", "X-Frame-Options", "Permissions-Policy", "Set-Cookie" })
            Assert.False(answer.Headers.Contains(name), name);
    }

    [Theory]
    [InlineData("/theme")]
    [InlineData("/sign-in")]
    [InlineData("/sign-up")]
    [InlineData("/reset")]
    public async Task Form_without_its_token_is_refused_and_does_nothing(string path)
    {
        using var http = Client();
        using var answer = await Post(http, path, [new("theme", "dark"), new("email", "kept@example.org")]);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("open too long", page, StringComparison.Ordinal);
        if (path != "/theme") Assert.Contains("value=\"kept@example.org\"", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", HttpStatusCode.BadRequest)]
    public async Task Form_of_another_site_is_refused_before_it_is_read(string from, HttpStatusCode expected)
    {
        using var http = Client();
        http.DefaultRequestHeaders.Add("Sec-Fetch-Site", from);
        using var answer = await Post(http, "/sign-in", []);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Form_that_is_too_large_or_none_is_refused()
    {
        using var http = Client();
        using var large = await Post(http, "/sign-in", [new("email", new string('a', 100_000))]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        using var many = await Post(http, "/sign-in", Enumerable.Range(0, 400).Select(i => KeyValuePair.Create($"f{i}", "x")));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, many.StatusCode);
        using var text = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        using var none = await http.PostAsync(new Uri("/sign-in", UriKind.Relative), text);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, none.StatusCode);
    }

    [Theory]
    [InlineData("/sign-in", "email")]
    [InlineData("/sign-up", "name")]
    [InlineData("/reset", "email")]
    public async Task Nul_in_a_field_is_said_beside_it_and_the_rest_is_kept(string path, string field)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = site.Url };
        using var page = await Get(http, path);
        var html = await page.Content.ReadAsStringAsync();
        var mark = "name=\"form-token\" value=\"";
        var at = html.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        http.DefaultRequestHeaders.Add("Cookie", Header(page, "Set-Cookie").Split(';')[0]);
        List<KeyValuePair<string, string>> sent =
            [new("form-token", WebUtility.HtmlDecode(html[at..html.IndexOf('"', at)])), new(field, "be\0fore")];
        if (field != "email") sent.Add(new("email", "kept@example.org"));

        using var parts = new MultipartFormDataContent();
        foreach (var (name, value) in sent) parts.Add(new StringContent(value), name);
        using var plain = new FormUrlEncodedContent(sent);
        foreach (var content in new HttpContent[] { plain, parts })
        {
            using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
            var told = await answer.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Contains($"id=\"f-{field}-error\"", told, StringComparison.Ordinal);
            Assert.Contains("a character that no text has", told, StringComparison.Ordinal);
            Assert.Contains("value=\"before\"", told, StringComparison.Ordinal);
            if (field != "email") Assert.Contains("value=\"kept@example.org\"", told, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/sign-in?next=%00")]
    [InlineData("/operator/users?search=a%00b")]
    [InlineData("/api/v1/auth/providers?x=%00")]
    public async Task Nul_in_an_address_is_no_fault_of_the_server(string path)
    {
        using var http = Client();
        using var answer = await Get(http, path);
        Assert.InRange((int)answer.StatusCode, 200, 499);
        if (!path.StartsWith("/api", StringComparison.Ordinal))
            Assert.Contains("a character that no text has", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/sign-out")]
    [InlineData("/theme")]
    public async Task Nul_in_a_form_without_a_page_is_no_fault_of_the_server(string path)
    {
        using var http = Client();
        using var answer = await Post(http, path, [new("theme", "da\0rk")]);
        Assert.InRange((int)answer.StatusCode, 300, 499);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("")]
    public async Task Style_is_kept_for_ever_and_comes_small(string coding)
    {
        using var http = Client();
        using var page = await Get(http, "/");
        var html = await page.Content.ReadAsStringAsync();
        var at = html.IndexOf("/assets/portal.", StringComparison.Ordinal);
        var path = html[at..html.IndexOf('"', at)];
        if (coding.Length > 0) http.DefaultRequestHeaders.AcceptEncoding.ParseAdd(coding);
        using var answer = await Get(http, path);
        Assert.Equal("public, max-age=31536000, immutable", Header(answer, "Cache-Control"));
        Assert.Equal(coding, string.Join(',', answer.Content.Headers.ContentEncoding));
        if (coding.Length > 0) Assert.InRange((await answer.Content.ReadAsByteArrayAsync()).Length, 1, 12 * 1024);
    }

    [Fact]
    public async Task Other_host_names_lead_to_the_public_one_and_forms_survive_a_restart()
    {
        await using var sluice = await SluiceProcess.Start(new SluiceOptions
        {
            Database = await postgres.CreateDatabase(),
            Environment = new Dictionary<string, string?> { ["SLUICE_PUBLIC_URL"] = "https://sluice.example" },
        });
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = sluice.BaseUrl,
        };
        using var led = await Get(http, "/docs?a=b");
        Assert.Equal(HttpStatusCode.TemporaryRedirect, led.StatusCode);
        Assert.Equal("https://sluice.example/docs?a=b", led.Headers.Location?.ToString());
        using var posted = await Post(http, "/sign-in", []);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, posted.StatusCode);
        http.DefaultRequestHeaders.Host = "sluice.example";
        using var page = await Get(http, "/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("max-age=31536000; includeSubDomains", Header(page, "Strict-Transport-Security"));
        var html = await page.Content.ReadAsStringAsync();
        var at = html.IndexOf("name=\"form-token\" value=\"", StringComparison.Ordinal) + 25;
        var token = html[at..html.IndexOf('"', at)];
        http.DefaultRequestHeaders.Add("Cookie", page.Headers.GetValues("Set-Cookie").First().Split(';')[0]);
        await sluice.Shutdown();
        await sluice.Up();
        using var chosen = await Post(http, "/theme", [new("form-token", token), new("theme", "dark"), new("back", "//evil.example")]);
        Assert.Equal(HttpStatusCode.SeeOther, chosen.StatusCode);
        Assert.Equal("/", chosen.Headers.Location?.ToString());
    }

    private HttpClient Client() => new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
    {
        BaseAddress = site.Url,
    };

    private static Task<HttpResponseMessage> Get(HttpClient http, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(http.BaseAddress!, path));
        request.Headers.Accept.ParseAdd("text/html");
        return http.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> Post(
        HttpClient http, string path, IEnumerable<KeyValuePair<string, string>> fields)
    {
        using var content = new FormUrlEncodedContent(fields);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(http.BaseAddress!, path)) { Content = content };
        request.Headers.Accept.ParseAdd("text/html");
        return await http.SendAsync(request);
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        string.Join(", ", answer.Headers.TryGetValues(name, out var values) ? values : []);
}
