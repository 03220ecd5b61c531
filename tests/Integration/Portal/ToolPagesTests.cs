using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>Tokens, webhooks, alerts, inbox, jobs, mail and settings, looked at.</summary>
[Collection(PortalCollection.Name)]
public sealed class ToolPagesTests(PortalSite site)
{
    [Fact]
    public async Task Page_holds_what_every_page_must_hold_of_tokens()
    {
        await using var window = await site.MemberWindow("tokens@example.org");
        var root = await Root(window) + "/tokens";
        var examination = new PageExamination(site, window);
        await examination.Examine(root, "tokens-none");
        await examination.Examine(root + "/new", "tokens-new");
        await examination.Examine(root + "/new", "tokens-new-errors", async page =>
        {
            await page.GetByLabel("Only what is ticked").CheckAsync();
            await page.Press("Create token");
            await Expect(page.Locator("#wrong")).ToBeVisibleAsync();
        });
        await examination.Examine(root + "/new", "tokens-secret", async page =>
        {
            await page.GetByLabel("What it is for").FillAsync("Nightly report");
            await page.GetByLabel("Only what is ticked").CheckAsync();
            await page.Locator("input[value=appsRead]").CheckAsync();
            await page.Locator("input[value=usageRead]").CheckAsync();
            await page.Press("Create token");
            await Expect(page.Locator(".key-field .shown")).ToContainTextAsync("slc_at_");
        });
        await examination.Examine(root, "tokens");
        await examination.Examine(root, act: async page =>
        {
            await page.GotoAsync(await page.Locator(".table .last a").First.GetAttributeAsync("href") ?? "");
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Revoke token" })).ToBeVisibleAsync();
        });
        await examination.Examine("/account/tokens", "account-tokens");
        await examination.Examine("/account/tokens/new", "account-tokens-new");
        await examination.Examine("/account/inbox", "inbox");
        await examination.Examine("/account/inbox?unread");
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_of_webhooks()
    {
        await using var window = await site.MemberWindow("hooks@example.org");
        var root = await Root(window) + "/webhooks";
        var examination = new PageExamination(site, window);
        await examination.Examine(root, "webhooks-none");
        await examination.Examine(root + "/new", "webhooks-new");
        await examination.Examine(root + "/new", "webhooks-secret", async page =>
        {
            await page.GetByLabel("Address").FillAsync("https://hooks.example.com/sluice/production?tenant=acme");
            await page.GetByLabel("Description").FillAsync("Production");
            await page.GetByLabel("Only what is ticked").CheckAsync();
            await page.Locator("input[value='key.created']").CheckAsync();
            await page.Locator("input[value='key.revoked']").CheckAsync();
            await page.Press("Create webhook");
            await Expect(page.Locator(".key-field .shown")).ToContainTextAsync("whsec_");
        });
        await examination.Examine(root, "webhooks");
        var one = "";
        await examination.Examine(root, "webhook", async page =>
        {
            await page.Locator("a.row").First.ClickAsync();
            await page.WaitForURLAsync("**/webhooks/whk_*");
            one = new Uri(page.Url).AbsolutePath;
            await page.Press("Send test event");
            await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("on its way");
            await page.GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        });
        await examination.Examine(one);
        await examination.Examine(one, "delivery", async page =>
        {
            await page.Locator("a.row").First.ClickAsync();
            await page.WaitForURLAsync("**/deliveries/*");
        });
        await examination.Examine(one + "/edit", "webhook-edit");
        await examination.Examine(one + "/rotate");
        await examination.Examine(one + "/delete");
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_of_alerts()
    {
        await using var window = await site.MemberWindow("alerts@example.org");
        var root = await Root(window) + "/alerts";
        var examination = new PageExamination(site, window);
        await examination.Examine(root, "alerts-none");
        await examination.Examine(root + "/new?kind=usage");
        await examination.Examine(root + "/new?kind=errors", "alerts-new-errors");
        await examination.Examine(root + "/new", "alerts-new", async page =>
        {
            await page.GetByLabel("Levels, percent of the quota").FillAsync("50, many");
            await page.Press("Create alert");
            await Expect(page.Locator("#f-percents-error")).ToBeVisibleAsync();
        });
        await examination.Examine(root + "/new", "alerts", async page =>
        {
            await page.GetByLabel("Name").FillAsync("Monthly quota");
            await page.GetByLabel("Mail", new() { Exact = true }).CheckAsync();
            await page.Press("Create alert");
            await page.WaitForURLAsync("**/alerts");
        });
        await examination.Examine(root, act: async page =>
        {
            await page.GotoAsync(await page.Locator(".table .last a").First.GetAttributeAsync("href") ?? "");
            await page.Press("Delete alert");
            await page.WaitForURLAsync("**/alerts");
        });
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_of_the_operators_tools()
    {
        await using var window = await site.OperatorWindow();
        var examination = new PageExamination(site, window);
        await examination.Examine("/operator/mail/test", "operator-mail-test");
        await examination.Examine("/operator/mail/test", "operator-mail", async page =>
        {
            await page.Press("Send mail");
            await page.WaitForURLAsync("**/operator/mail");
        });
        await examination.Examine("/operator/mail", "operator-mail-one", async page =>
        {
            await page.Locator("a.row").First.ClickAsync();
            await page.WaitForURLAsync("**/operator/mail/mail_*");
        });
        await examination.Examine("/operator/jobs", "operator-jobs");
        await examination.Examine("/operator/jobs/schedules", "operator-schedules", async page =>
        {
            await page.Locator(".table .last button").First.ClickAsync();
            await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("due now");
        });
        await examination.Examine("/operator/jobs/list", "operator-jobs-list");
        await examination.Examine("/operator/jobs/list?queue=none&state=dead", "operator-jobs-none");
        await examination.Examine("/operator/jobs/list", "operator-job", async page =>
        {
            await page.Locator("a.row").First.ClickAsync();
            await page.WaitForURLAsync("**/operator/jobs/job_*");
        });
        await examination.Examine("/operator/jobs/facts", "operator-facts");
        await examination.Examine("/operator/tokens", "operator-tokens");
        await examination.Examine("/operator/tokens/new");
        await examination.Examine("/operator/settings", "operator-settings");
    }

    private static async Task<string> Root(IBrowserContext window)
    {
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var root = new Uri(page.Url).AbsolutePath;
        await page.CloseAsync();
        return root;
    }
}
