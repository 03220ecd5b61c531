using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Sluice.Integration.Postgres;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>
/// Without a mail server, and without keeping mails: nothing promises a mail, and what takes one is closed and says why.
/// </summary>
public sealed class ClosedMailTests(PostgresCluster postgres) : IAsyncLifetime
{
    private const string Closed = "Mail is closed here";
    private const string Visitor = "visitor@example.org";

    private readonly PortalSite _site = new(postgres)
    {
        Settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["SLUICE_MAIL__KEEP"] = "false" },
    };

    public ValueTask InitializeAsync() => _site.InitializeAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task Pages_promise_no_mail_and_say_why_what_takes_one_is_closed()
    {
        await using var window = await _site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-in");
        await page.GetByRole(AriaRole.Link, new() { Name = "Forgot your password?" }).ClickAsync();
        await Says(page, "A link to a new password cannot be sent");
        await Expect(page.Locator("main form")).ToHaveCountAsync(0);

        await page.GotoAsync("/sign-up");
        await page.GetByLabel("E-mail").FillAsync(Visitor);
        await page.GetByLabel("Password").FillAsync(People.Password);
        await page.Press("Create account");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("nobody can confirm your address yet");
        await Says(page, "Your address is not confirmed");
        await Expect(page.GetByText("A link went to")).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Send another link" })).ToHaveCountAsync(0);
        foreach (var (path, says) in new[] { ("/account", "No link to confirm it can be sent"), ("/account/email", "your present one stays") })
        {
            await page.GotoAsync(path);
            await Says(page, says);
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Send" })).ToHaveCountAsync(0);
        }
        // A form of a page that was open before.
        await page.GotoAsync("/account");
        await page.EvaluateAsync("() => { document.querySelector('main form').action = '/account/verification'; }");
        await page.Press("Save profile");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This needs mail, which is closed here");

        // A link of the command line works as ever.
        await using var member = await _site.MemberWindow("member@example.org");
        var inside = await member.NewPageAsync();
        await inside.GotoAsync("/console");
        await inside.GotoAsync(new Uri(inside.Url).AbsolutePath + "/members/invite");
        await Says(inside, "No invitation can be sent");
        await Expect(inside.GetByRole(AriaRole.Button, new() { Name = "Send invitation" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Routes_that_take_a_mail_are_refused_the_same_for_every_address()
    {
        await using var window = await _site.MemberWindow("owner@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var organization = new Uri(page.Url).Segments[^1];
        foreach (var (path, body) in new (string, object)[]
        {
            ("/auth/reset", new { email = "owner@example.org" }), ("/auth/reset", new { email = "nobody@example.org" }),
            ("/auth/verify/resend", new { }), ("/me/email", new { email = "other@example.org" }),
            ($"/organizations/{organization}/invitations", new { email = "guest@example.org", role = "viewer" }),
        })
        {
            var answer = await window.APIRequest.PostAsync("/api/v1" + path, new() { DataObject = body });
            var problem = JsonNode.Parse(await answer.TextAsync())!;
            Assert.Equal((409, "notices.mail-closed"), (answer.Status, $"{problem["code"]}"));
            Assert.Contains("SLUICE_MAIL__HOST", $"{problem["title"]}", StringComparison.Ordinal);
        }
        Assert.Equal(0, await Count("SELECT count(*) FROM tenants.invitations"));
        Assert.Equal(0, await Count("SELECT count(*) FROM notices.mails WHERE sealed IS NOT NULL"));
    }

    [Fact]
    public async Task Page_holds_what_every_page_must_hold_where_mail_is_closed()
    {
        await using var visitor = await _site.Window();
        await new PageExamination(_site, visitor).Examine("/reset", "mail-closed-reset");
        await using var window = await _site.MemberWindow("looks@example.org");
        Assert.Equal(1, await Count("UPDATE tenants.users SET email_verified_at = NULL, email_key = NULL RETURNING 1"));
        var page = await window.NewPageAsync();
        await page.GotoAsync("/console");
        var examination = new PageExamination(_site, window);
        await examination.Examine(new Uri(page.Url).AbsolutePath, "mail-closed-organization");
        await examination.Examine("/account", "mail-closed-account");
        await examination.Examine("/account/email", "mail-closed-email");
    }

    private static async Task Says(IPage page, string text)
    {
        await Expect(page.Locator("main")).ToContainTextAsync(Closed);
        await Expect(page.Locator("main")).ToContainTextAsync(text);
    }

    private async Task<long> Count(string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(_site.Database);
        await using var command = source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
