using System.IO.Compression;
using Microsoft.Playwright;
using Sluice.Integration.Processes;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>Taking data along and having it deleted, as a person does it.</summary>
[Collection(PortalCollection.Name)]
public sealed class DataPagesTests(PortalSite site)
{
    [Fact]
    public async Task Organization_is_taken_along_deleted_and_kept()
    {
        await using var window = await site.MemberWindow("leaver@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console/new");
        await page.GetByLabel("Name").FillAsync("Leaving soon");
        await page.Press("Create organization");
        await page.WaitForURLAsync("**/console/org_*");
        var root = new Uri(page.Url).AbsolutePath;
        await new PageExamination(site, window).Examine(root + "/data", "data-none");
        await page.GetByRole(AriaRole.Link, new() { Name = "Data" }).First.ClickAsync();
        await Pack(page);

        await page.GetByRole(AriaRole.Link, new() { Name = "Delete organization" }).ClickAsync();
        await page.GetByLabel("Name of the organization").FillAsync("Leaving");
        await page.Press("Delete organization");
        await Expect(page.GetByText("Write the name as it is: Leaving soon").First).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Name of the organization")).ToHaveValueAsync("Leaving");
        await new PageExamination(site, window).Examine(root + "/delete", "data-delete");
        await page.GetByLabel("Name of the organization").FillAsync("Leaving soon");
        await page.Press("Delete organization");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Leaving soon is to be deleted.");
        await new PageExamination(site, window).Examine(root + "/data", "data");
        await page.GotoAsync(root);
        await page.GetByRole(AriaRole.Link, new() { Name = "Owners can keep it" }).ClickAsync();
        await page.Press("Keep organization");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Leaving soon stays.");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Delete organization" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Account_is_taken_along_deleted_and_kept()
    {
        const string email = "goodbye@example.org";
        await using var window = await site.MemberWindow(email);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/account/data");
        await Pack(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Delete account" }).ClickAsync();
        await Expect(page.GetByText("Organizations that you own and nobody else belongs to go with it")).ToBeVisibleAsync();
        await page.GetByLabel("Your address").FillAsync("somebody@example.org");
        await page.Press("Delete account");
        await Expect(page.GetByText($"Write your address as it is: {email}").First).ToBeVisibleAsync();
        await new PageExamination(site, window).Examine("/account/delete", "account-delete");
        await page.GetByLabel("Your address").FillAsync(email);
        await page.Press("Delete account");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Your account is to be deleted.");
        await new PageExamination(site, window).Examine("/account/data", "account-data");
        await page.Press("Keep account");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Your account stays.");
    }

    [Fact]
    public async Task Operator_deletes_and_keeps_what_is_not_his()
    {
        await using var member = await site.MemberWindow("to-be-deleted@example.org");
        await using var window = await site.OperatorWindow();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/operator/users?search=to-be-deleted");
        await page.Locator("a.row").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete account" }).Or(
            page.GetByRole(AriaRole.Link, new() { Name = "Delete account" })).First.ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete account" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is to be deleted.");
        await page.Press("Keep account");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("stays.");
    }

    private static async Task Pack(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Pack export" }).ClickAsync();
        await page.Press("Pack export");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The export is being packed.");
        var ready = page.GetByRole(AriaRole.Link, new() { Name = "Download the export" });
        await Until.True(
            async () =>
            {
                await page.ReloadAsync();
                return await ready.IsVisibleAsync();
            },
            "the export is packed");
        var download = await page.RunAndWaitForDownloadAsync(() => ready.ClickAsync());
        await using var archive = await ZipFile.OpenReadAsync(await download.PathAsync());
        Assert.Contains(archive.Entries, entry => entry.FullName == "README.txt");
        Assert.Contains(archive.Entries, entry => entry.FullName == "audit.jsonl" && entry.Length > 0);
    }
}
