using Microsoft.Playwright;
using Npgsql;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>What needs a fresh proof, with a session that is an hour old.</summary>
[Collection(PortalCollection.Name)]
public sealed class StepUpTests(PortalSite site)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Old_session_proves_itself_by_password_and_comes_back_to_where_it_was(bool script)
    {
        var email = $"old-{(script ? "with" : "without")}-script@example.org";
        await using var window = await site.MemberWindow(email, script);
        var page = await window.NewPageAsync();
        await Age(email);
        await page.GotoAsync("/account/tokens/new");
        await page.WaitForURLAsync("**/account/prove?next=%2Faccount%2Ftokens%2Fnew");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync("not the password of anybody");
        await page.Press("Continue");
        await Expect(page.Locator("#f-password-error")).ToBeVisibleAsync();
        await page.ProveByPassword();
        await page.WaitForURLAsync("**/account/tokens/new");
        await page.GetByLabel("What it is for").FillAsync("Proved");
        await page.Press("Create token");
        await Expect(page.GetByText("Shown this once")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Form_that_is_sent_too_late_makes_nothing_and_leads_to_the_proof()
    {
        await using var window = await site.MemberWindow("late@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/account/tokens/new");
        await page.GetByLabel("What it is for").FillAsync("Too late");
        await Age("late@example.org");
        await page.Press("Create token");
        await page.WaitForURLAsync("**/account/prove?next=%2Faccount%2Ftokens%2Fnew");
        await page.GotoAsync("/account/tokens");
        await Expect(page.GetByText("Too late")).ToHaveCountAsync(0);
    }

    private async Task Age(string email)
    {
        await using var source = NpgsqlDataSource.Create(site.Database);
        await using var command = source.CreateCommand("""
            UPDATE tenants.sessions SET proved_at = now() - interval '1 hour'
            WHERE user_id = (SELECT id FROM tenants.users WHERE email = $1)
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = email });
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
    }
}
