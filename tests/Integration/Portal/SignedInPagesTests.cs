using Microsoft.Playwright;
using Sluice.Integration.Processes;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>Each page of the console, looked at.</summary>
[Collection(PortalCollection.Name)]
public sealed class SignedInPagesTests(PortalSite site)
{
    [Theory]
    [InlineData("/sign-in", "sign-in")]
    [InlineData("/sign-up", "sign-up")]
    [InlineData("/reset", "reset")]
    [InlineData("/reset?sent", "reset-sent")]
    [InlineData("/reset?token=x", "reset-password")]
    [InlineData("/invitation?token=x", "invitation-ended")]
    public async Task Page_holds_what_every_page_must_hold_for_visitors(string path, string picture)
    {
        await using var window = await site.Window();
        await new PageExamination(site, window).Examine(path, picture);
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_with_errors()
    {
        await using var window = await site.Window();
        await new PageExamination(site, window).Examine("/sign-up", "sign-up-errors", async page =>
        {
            await page.GetByLabel("E-mail").FillAsync("name@example");
            await page.GetByLabel("Password").FillAsync("password");
            await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
            await Expect(page.Locator("#wrong")).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_of_the_account()
    {
        await using var window = await site.MemberWindow("account@example.org");
        var examination = new PageExamination(site, window);
        await examination.Examine("/account", "account");
        await examination.Examine("/account/password", "account-password");
        await examination.Examine("/account/security", "account-security");
        // Signed in a moment ago is fresh already.
        await examination.Examine("/account/email", "account-email");
        await examination.Examine("/account/two-factor", "account-two-factor-none");
        await examination.Examine("/account/two-factor", "account-two-factor", async page =>
        {
            await page.Press("Set up an app");
            await Expect(page.Locator(".qr")).ToBeVisibleAsync();
        });
        await examination.Examine("/account/prove?next=/account", "prove");
        await examination.Examine("/console/new", "organization-new");
        await examination.Examine("/verify?token=x", "verify");
    }

    [Fact]
    public async Task Who_did_something_is_told_by_name()
    {
        await using var window = await site.MemberWindow("named@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/account");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Ada Named Lovelace");
        await page.Press("Save profile");
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath;
        await page.GotoAsync(root + "/tokens/new");
        await page.GetByLabel("What it is for").FillAsync("Names");
        await page.Press("Create token");
        await page.GotoAsync(root + "/audit");
        var made = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "tenants.token.create" });
        await Expect(made).ToContainTextAsync("Ada Named Lovelace");
        await Expect(page.Locator("td:nth-child(3) code").Filter(new() { HasText = "usr_" })).ToHaveCountAsync(0);
        await made.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("Ada Named Lovelace");
        await Until.True(
            async () =>
            {
                await page.GotoAsync("/account/inbox");
                return await page.GetByText("Done by Ada Named Lovelace.").CountAsync() == 1;
            }, "the notice names who made the token");
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_of_an_organization()
    {
        await using var window = await site.MemberWindow("owner@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath;
        await page.GotoAsync(root + "/members/invite");
        await page.GetByLabel("E-mail").FillAsync("invited-with-a-rather-long-name@example.org");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send invitation" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("An invitation went to");
        await page.CloseAsync();
        var examination = new PageExamination(site, window);
        await examination.Examine(root, "organization");
        await examination.Examine(root + "/members", "members");
        await examination.Examine(root + "/members/invite", "members-invite");
        await examination.Examine(root + "/leave", "organization-leave");
        await examination.Examine(root + "/audit", "audit");
        await examination.Examine(root + "/audit", "audit-event", async looked =>
        {
            await looked.Locator("a.row").First.ClickAsync();
            await looked.WaitForURLAsync("**/audit/*");
        });
        await examination.Examine(root, "dialog", async looked =>
        {
            await looked.GetByRole(AriaRole.Button, new() { Name = "Leave organization" }).Or(
                looked.GetByRole(AriaRole.Link, new() { Name = "Leave organization" })).First.ClickAsync();
            await Expect(looked.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_for_operators()
    {
        await using (await site.MemberWindow("seen@example.org"))
        await using (var window = await site.OperatorWindow())
        {
            var examination = new PageExamination(site, window);
            await examination.Examine("/operator/users", "operator-users");
            await examination.Examine("/operator/users?search=nobody-has-this", "operator-users-none");
            await examination.Examine("/operator/users?search=seen", "operator-user", async page =>
            {
                await page.Locator("a.row").First.ClickAsync();
                await page.WaitForURLAsync("**/operator/users/usr_*");
            });
            await examination.Examine("/operator/users/new", "operator-user-new");
            await examination.Examine("/operator/organizations", "operator-organizations");
            await examination.Examine("/operator/organizations", "operator-organization", async page =>
            {
                await page.Locator("a.row").First.ClickAsync();
                await page.WaitForURLAsync("**/operator/organizations/org_*");
            });
            await examination.Examine("/operator/audit", "operator-audit");
        }
    }
}
