using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Playwright;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>Apps with their keys, rules and limits, by the pages alone.</summary>
[Collection(PortalCollection.Name)]
public sealed class AppPagesTests(PortalSite site)
{
    [Fact]
    public async Task Somebody_makes_an_app_and_a_key_that_calls_until_it_is_revoked()
    {
        await using var origin = await NginxOrigin.Start();
        await Import("apps-echo", origin.Url);
        await using var window = await site.MemberWindow("apps@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath + "/apps";
        var examination = new PageExamination(site, window);
        await examination.Examine(root, "apps-none");
        await examination.Examine(root + "/new", "apps-new");
        await page.GotoAsync(root);
        await page.GetByRole(AriaRole.Link, new() { Name = "New app" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("Website");
        await page.Press("Create app");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Website" })).ToBeVisibleAsync();
        var app = new Uri(page.Url).AbsolutePath;
        await page.GotoAsync(root + "/new");
        await page.GetByLabel("Name").FillAsync("Website");
        await page.Press("Create app");
        await Expect(page.Locator("#f-name-error")).ToContainTextAsync("has an app named");

        // Anybody can read a publishable key: without a rule there is none.
        await page.GotoAsync(app + "/keys/new");
        await page.GetByLabel("Where it is used").FillAsync("Production");
        await page.GetByLabel("Publishable").CheckAsync();
        await page.Press("Create key");
        await Expect(page.Locator("#f-kind-error")).ToContainTextAsync("at least one rule");
        await page.GetByLabel("Secret:").CheckAsync();
        await page.Press("Create key");
        var first = await Secret(page);
        Assert.Equal(HttpStatusCode.OK, await Call(first));
        await page.GetByRole(AriaRole.Link, new() { Name = "I have kept it" }).ClickAsync();
        await Expect(page.GetByText("Production", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(page.Locator("main")).Not.ToContainTextAsync(first);

        await page.GetByRole(AriaRole.Link, new() { Name = "Rotate Production" }).ClickAsync();
        await page.GetByLabel("Old key ends").SelectOptionAsync("1");
        await page.Press("Rotate key");
        var second = await Secret(page);
        Assert.Equal(HttpStatusCode.OK, await Call(first));
        Assert.Equal(HttpStatusCode.OK, await Call(second));
        await examination.Examine(app, "app");
        await page.GotoAsync(app);
        var revoke = page.GetByRole(AriaRole.Row).Filter(new() { HasText = first[^4..] })
            .GetByRole(AriaRole.Link, new() { Name = "Revoke" });
        var asks = await revoke.GetAttributeAsync("href");
        await examination.Examine(asks!);
        await examination.Examine(asks!.Replace("/revoke", "/rotate", StringComparison.Ordinal), "key-rotate");
        await page.GotoAsync(asks!);
        await page.Press("Revoke key");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is revoked");
        await Until.True(async () => await Call(first) == HttpStatusCode.Unauthorized, "the revoked key is refused");
        Assert.Equal(HttpStatusCode.OK, await Call(second));
        await Expect(page.GetByText("1 key has ended")).ToBeVisibleAsync();
        await examination.Examine(app + "/keys/new", "key-new");
    }

    [Fact]
    public async Task Rules_and_limits_are_read_a_value_a_line_and_what_is_wrong_is_said_beside_its_field()
    {
        await using var window = await site.MemberWindow("app-rules@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var organization = new Uri(page.Url).AbsolutePath;
        await page.GotoAsync(organization + "/apps/new");
        await page.GetByLabel("Name").FillAsync("Shop <&> 店");
        await page.Press("Create app");
        // A name that could deceive is refused, and stays to be mended.
        await Expect(page.Locator("#f-name-error")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Name")).ToHaveValueAsync("Shop <&> 店");
        await page.GetByLabel("Name").FillAsync("Shop & 店");
        await page.Press("Create app");
        var app = new Uri(page.Url).AbsolutePath;

        await page.GotoAsync(app + "/rules");
        await page.GetByLabel("JSON-RPC methods").FillAsync("eth_*\n\n  net_version  \n");
        await page.GetByLabel("Contract addresses").FillAsync("0x12");
        await page.GetByLabel("Origins").FillAsync("https://shop.example\nno origin\nftp://x");
        await page.Press("Save rules");
        await Expect(page.Locator("#f-contracts-error")).ToContainTextAsync("'0x12' is no contract address");
        await Expect(page.Locator("#f-origins-error")).ToContainTextAsync("'no origin'");
        await Expect(page.Locator("#f-origins-error")).ToContainTextAsync("'ftp://x'");
        Assert.Contains("net_version", await page.GetByLabel("JSON-RPC methods").InputValueAsync(), StringComparison.Ordinal);
        await new PageExamination(site, window).Examine(app + "/rules", "app-rules");
        await page.GetByLabel("Contract addresses").FillAsync("");
        await page.GetByLabel("Origins").FillAsync("https://Shop.example");
        await page.Press("Save rules");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The rules are saved");
        foreach (var rule in new[] { "eth_*", "net_version", "https://shop.example" })
            await Expect(page.Locator("#rules")).ToContainTextAsync(rule);

        // What somebody else saved meanwhile is not lost.
        await page.GotoAsync(app + "/limits");
        var other = await window.NewPageAsync();
        await other.GotoAsync(app + "/limits");
        await other.GetByLabel("Requests per second").FillAsync("1,000");
        await other.GetByLabel("Compute units in a day").FillAsync("5000");
        await other.Press("Save limits");
        await Expect(other.Locator("#limits")).ToContainTextAsync("5,000, then refused");
        await page.GetByLabel("Requests per second").FillAsync("7");
        await page.Press("Save limits");
        await Expect(page.Locator("#wrong")).ToContainTextAsync("changed");
        await page.GotoAsync(app + "/limits");
        foreach (var text in new[] { "0", "-1", "x", "99999999999999999999" })
        {
            await page.GetByLabel("Requests per second").FillAsync(text);
            await page.Press("Save limits");
            await Expect(page.Locator("#f-requestsPerSecond-error")).ToBeVisibleAsync();
        }
        await new PageExamination(site, window).Examine(app + "/limits", "app-limits");
        await new PageExamination(site, window).Examine(organization + "/apps", "apps");
    }

    private async Task Import(string service, string upstream)
    {
        using var catalog = new TemporaryDirectory("catalog");
        var file = Path.Combine(catalog.Path, "services.json");
        await File.WriteAllTextAsync(file, $$"""
            {"services":[{"name":"{{service}}","title":"Echo","protocol":"jsonRpc","enabled":true,
            "prices":{"defaultUnits":1},"upstreams":[{"name":"local","url":"{{upstream}}"}]}]}
            """, TestContext.Current.CancellationToken);
        await site.Sluice.Verb("service", "import", file);
    }

    private static async Task<string> Secret(IPage page)
    {
        await Expect(page.Locator(".key-field .shown")).ToContainTextAsync("slc_sk_");
        return (await page.Locator(".key-field .shown").TextContentAsync())!.Trim();
    }

    private async Task<HttpStatusCode> Call(string key)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(site.Sluice.BaseUrl, "/v1/apps-echo"))
        {
            Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
