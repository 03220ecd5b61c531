using System.Net;
using Microsoft.Playwright;
using Xunit;

namespace Sluice.Integration.Portal;

/// <summary>The pages that anybody sees.</summary>
[Collection(PortalCollection.Name)]
public sealed class PublicPagesTests(PortalSite site)
{
    [Theory]
    [InlineData("/", "home")]
    [InlineData("/docs", "docs")]
    [InlineData("/docs/settings", "docs-settings")]
    [InlineData("/docs/gateway", null)]
    [InlineData("/nowhere", "nowhere")]
    public async Task Page_holds_what_every_page_must_hold(string path, string? picture)
    {
        await using var window = await site.Window();
        await new PageExamination(site, window).Examine(path, picture);
    }

    [Theory]
    [InlineData("/docs/problems")]
    [InlineData("/docs/security")]
    public async Task Reference_may_be_longer_and_holds_the_rest(string path)
    {
        const int bytesMax = 150 * 1024;
        await using var window = await site.Window();
        await new PageExamination(site, window).Examine(path, htmlBytesMax: bytesMax);
    }

    [Fact]
    public async Task Theme_is_drawn_by_the_server_when_it_was_chosen()
    {
        await using var window = await site.Window(script: false);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/docs/keys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        Assert.EndsWith("/docs/keys", page.Url, StringComparison.Ordinal);
        Assert.Equal("dark", await page.Locator("html").GetAttributeAsync("data-theme"));
        await page.GotoAsync("/");
        Assert.Equal("dark", await page.Locator("html").GetAttributeAsync("data-theme"));
        await page.GetByRole(AriaRole.Button, new() { Name = "As the system" }).ClickAsync();
        Assert.Null(await page.Locator("html").GetAttributeAsync("data-theme"));
    }

    [Fact]
    public async Task Command_is_copied_when_the_button_is_pressed()
    {
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy" }).ClickAsync();
        Assert.StartsWith("curl ", await page.EvaluateAsync<string>("navigator.clipboard.readText()"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keyboard_reaches_the_content_first()
    {
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/docs/keys");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to content", await page.EvaluateAsync<string>("document.activeElement.textContent"));
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("content", await page.EvaluateAsync<string>("document.activeElement.id"));
    }

    [Fact]
    public async Task Documentation_is_also_served_as_the_text_that_it_was_made_from()
    {
        using var http = new HttpClient { BaseAddress = site.Url };
        using var answer = await http.GetAsync(new Uri("/docs/keys.md", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("# ", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
