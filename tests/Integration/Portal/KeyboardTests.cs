using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>Ways through the pages by keys alone.</summary>
[Collection(PortalCollection.Name)]
public sealed class KeyboardTests(PortalSite site)
{
    [Fact]
    public async Task Signing_up_in_and_out_needs_no_mouse()
    {
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-up");
        // The first field has the cursor.
        await page.Keyboard.TypeAsync("keys@example.org");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(People.Password);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Your role")).ToBeVisibleAsync();
        await TabTo(page, "Account:");
        await page.Keyboard.PressAsync("Enter");
        await TabTo(page, "Sign out");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/sign-in");
        await page.Keyboard.TypeAsync("keys@example.org");
        await page.Keyboard.PressAsync("Tab");
        while (await Focused(page) != "password") await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(People.Password);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Your role")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Skip_link_leads_past_the_rail_and_a_dialog_gives_the_focus_back()
    {
        await using var window = await site.MemberWindow("skips@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to content", await page.EvaluateAsync<string>("document.activeElement.textContent"));
        await page.Keyboard.PressAsync("Enter");
        await TabTo(page, "Leave organization");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        Assert.Equal("Leave organization", await page.EvaluateAsync<string>("document.activeElement.textContent.trim()"));
    }

    [Fact]
    public async Task Token_is_made_with_chosen_permissions_and_revoked_by_keys_and_works_in_between()
    {
        await using var window = await site.MemberWindow("maker@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath;
        await page.GotoAsync(root + "/tokens/new");
        await page.Keyboard.TypeAsync("By keys");
        await TabToField(page, "reach");
        await page.Keyboard.PressAsync("ArrowDown");
        await TabToField(page, "scopes");
        while (await page.EvaluateAsync<string>("document.activeElement.value") != "membersRead")
            await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Enter");
        var secret = await page.Locator(".key-field .shown").TextContentAsync();
        using var http = new HttpClient { BaseAddress = site.Url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        var members = new Uri($"/api/v1/organizations/{root.Split('/')[^1]}/members", UriKind.Relative);
        using (var answer = await http.GetAsync(members)) Assert.Equal(200, (int)answer.StatusCode);
        // It was narrowed.
        var webhooks = new Uri($"/api/v1/organizations/{root.Split('/')[^1]}/webhooks", UriKind.Relative);
        using (var answer = await http.GetAsync(webhooks))
            Assert.True((int)answer.StatusCode is 403 or 404);
        await TabTo(page, "I have kept it");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/tokens");
        await Expect(page.GetByText("read members")).ToBeVisibleAsync();
        await TabTo(page, "Revoke");
        await page.Keyboard.PressAsync("Enter");
        await TabTo(page, "Revoke token");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("By keys is revoked");
        using (var answer = await http.GetAsync(members)) Assert.Equal(401, (int)answer.StatusCode);
    }

    private static async Task TabTo(IPage page, string words)
    {
        for (var i = 0; i < 60; i++)
        {
            var text = await page.EvaluateAsync<string>("document.activeElement.textContent.trim()");
            if (text == words || (words[^1] == ':' && text.StartsWith(words, StringComparison.Ordinal))) return;
            await page.Keyboard.PressAsync("Tab");
        }
        Assert.Fail($"60 times Tab do not lead to {words}");
    }

    private static async Task TabToField(IPage page, string name)
    {
        for (var i = 0; i < 60 && await Focused(page) != name; i++) await page.Keyboard.PressAsync("Tab");
        Assert.Equal(name, await Focused(page));
    }

    private static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("document.activeElement.name ?? ''");
}
