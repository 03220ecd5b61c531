using Microsoft.Playwright;
using Sluice.Integration.Processes;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>
/// Where mails and notices lead: each link to a page that is there, one-time links as often opened as anybody likes and
/// used once. Programs that look at mails open links too.
/// </summary>
[Collection(PortalCollection.Name)]
public sealed class MailLinkTests(PortalSite site)
{
    [Fact]
    public async Task Link_that_confirms_an_address_survives_being_opened_and_works_once()
    {
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-up");
        await page.GetByLabel("E-mail").FillAsync("confirms@example.org");
        await page.GetByLabel("Password").FillAsync(People.Password);
        await page.Press("Create account");
        await Expect(page.GetByText("Confirm your address.").First).ToBeVisibleAsync();
        var link = await LinkTo("confirms@example.org");
        Assert.StartsWith("/verify?token=", link, StringComparison.Ordinal);
        await OpenOften(window, link);
        await page.GotoAsync(link);
        await page.Press("Confirm address");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is confirmed");
        await page.GotoAsync(link);
        await page.Press("Confirm address");
        await Expect(page.Locator("#wrong")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Link_to_a_new_password_survives_being_opened_and_works_once()
    {
        await using var member = await site.MemberWindow("resets@example.org");
        await using var window = await site.Window(script: false);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/reset");
        await page.GetByLabel("E-mail").FillAsync("resets@example.org");
        await page.Press("Send the link");
        var link = await LinkTo("resets@example.org", "/reset");
        await OpenOften(window, link);
        foreach (var works in new[] { true, false })
        {
            await page.GotoAsync(link);
            await page.GetByLabel("New password").FillAsync("another river under stone bridges");
            await page.Press("Set password");
            if (works) await page.WaitForURLAsync("**/sign-in");
            else await Expect(page.Locator("#wrong")).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Link_that_takes_another_address_survives_being_opened_and_works_once()
    {
        await using var window = await site.MemberWindow("moves@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/account/email");
        await page.ProveByPassword();
        await page.GetByLabel("New address").Or(page.GetByLabel("E-mail")).First.FillAsync("moved@example.org");
        await page.Locator("main form button").First.ClickAsync();
        await page.WaitForURLAsync("**/account");
        var link = await LinkTo("moved@example.org");
        Assert.StartsWith("/change-email?token=", link, StringComparison.Ordinal);
        await OpenOften(window, link);
        await page.GotoAsync(link);
        await page.Press("Use this address");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("moved@example.org");
        await page.GotoAsync(link);
        await page.Press("Use this address");
        await Expect(page.Locator("#wrong")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Invitation_leads_a_newcomer_through_sign_up_into_the_organization()
    {
        await using var owner = await site.MemberWindow("invites@example.org");
        var page = await owner.NewPageAsync();
        await page.GotoAsync("/console");
        await page.GotoAsync(new Uri(page.Url).AbsolutePath + "/members/invite");
        await page.GetByLabel("E-mail").FillAsync("joins@example.org");
        await page.Press("Send invitation");
        var link = await LinkTo("joins@example.org");
        await using var window = await site.Window();
        await OpenOften(window, link);
        var joining = await window.NewPageAsync();
        await joining.GotoAsync(link);
        await joining.GetByRole(AriaRole.Link, new() { Name = "Create an account" }).ClickAsync();
        await joining.GetByLabel("Password").FillAsync(People.Password);
        await joining.Press("Create account");
        await joining.WaitForURLAsync("**/invitation?token=*");
        await joining.Press("Join invites");
        await joining.WaitForURLAsync("**/console/org_*");
        await Expect(joining.Locator(".rail-head")).ToContainTextAsync("invites");
    }

    [Theory]
    [InlineData("/verify")]
    [InlineData("/change-email")]
    [InlineData("/reset")]
    [InlineData("/first-operator")]
    [InlineData("/sign-in/link")]
    [InlineData("/invitation")]
    public async Task Page_of_a_link_that_means_nothing_is_there_and_reveals_nothing(string path)
    {
        await using var window = await site.MemberWindow($"nothing{path.Replace('/', '-')}@example.org");
        var page = await window.NewPageAsync();
        foreach (var token in new[] { "", "x", new string('a', 2000), "<b>bold</b>", "\u202E\u202E", "a\0b" })
        {
            var answer = await page.GotoAsync($"{path}?token={Uri.EscapeDataString(token)}");
            Assert.InRange(answer!.Status, 200, 499);
            Assert.Equal(0, await page.Locator("main b").CountAsync());
            var button = page.Locator("main form button");
            if (await button.CountAsync() == 0) continue;
            await button.First.ClickAsync();
            await Expect(page.Locator("#wrong, .error, h1").First).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Notices_lead_to_pages_that_are_there()
    {
        await using var window = await site.MemberWindow("noticed@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath;
        // What the texts of notices and mails link to.
        foreach (var rest in new[] { "", "/members", "/tokens", "/webhooks", "/alerts" })
            Assert.Equal(200, (await page.GotoAsync(root + rest))!.Status);
        await page.GotoAsync(root + "/tokens/new");
        await page.GetByLabel("What it is for").FillAsync("Noticed");
        await page.Press("Create token");
        var look = page.GetByRole(AriaRole.Button, new() { Name = "Look at it: An access token was made" });
        await Until.True(
            async () =>
            {
                await page.GotoAsync("/account/inbox");
                return await look.CountAsync() > 0;
            },
            "the notice is there", TimeSpan.FromSeconds(30));
        await Expect(page.Locator(".count")).ToBeVisibleAsync();
        await look.ClickAsync();
        await page.WaitForURLAsync($"**{root}/tokens");
        await page.GotoAsync("/account/inbox");
        await Expect(look).ToHaveCountAsync(0);
        var all = page.GetByRole(AriaRole.Button, new() { Name = "Mark all as read" });
        if (await all.CountAsync() > 0) await all.ClickAsync();
        await page.GotoAsync("/account/inbox?unread");
        await Expect(page.GetByText("You have read everything.")).ToBeVisibleAsync();
        await Expect(page.Locator(".count")).ToHaveCountAsync(0);
    }

    // The operator reads what was mailed.
    private async Task<string> LinkTo(string address, string? path = null)
    {
        await using var window = await site.OperatorWindow(script: false);
        var page = await window.NewPageAsync();
        var row = page.Locator("tr", new() { HasText = address }).Filter(new() { HasText = "Kept" });
        if (path == "/reset") row = row.Filter(new() { HasText = "Choose a new password" });
        await Until.True(
            async () =>
            {
                await page.GotoAsync("/operator/mail");
                return await row.CountAsync() > 0;
            },
            "the mail is kept", TimeSpan.FromSeconds(30));
        await row.First.Locator("a.row").ClickAsync();
        var href = await page.Locator(".letter a").GetAttributeAsync("href");
        return new Uri(href!).PathAndQuery;
    }

    private static async Task OpenOften(IBrowserContext window, string link)
    {
        for (var i = 0; i < 3; i++)
        {
            var answer = await window.APIRequest.GetAsync(link);
            Assert.Equal(200, answer.Status);
        }
    }
}
