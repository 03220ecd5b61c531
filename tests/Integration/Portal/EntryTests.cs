using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>Ways in, by the pages alone; where it says so, without script.</summary>
[Collection(PortalCollection.Name)]
public sealed class EntryTests(PortalSite site)
{
    [Fact]
    public async Task Sign_up_works_without_script_and_lands_in_an_organization_of_ones_own()
    {
        await using var window = await site.Window(script: false);
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-up");
        await page.GetByLabel("E-mail").FillAsync("new@example.org");
        await page.GetByLabel("Password").FillAsync(People.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Confirm your address");
        await Expect(page.GetByText("Your role")).ToBeVisibleAsync();
        // Told once: not again after a reload.
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Sign_up_says_beside_each_field_what_is_wrong_and_keeps_what_was_typed()
    {
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-up");
        await page.GetByLabel("E-mail").FillAsync("no address <b>at all</b>");
        await page.GetByLabel("Name").FillAsync("Kept");
        await page.GetByLabel("Password").FillAsync("short");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(page.Locator("#f-email-error")).ToContainTextAsync("is no e-mail address");
        await Expect(page.GetByLabel("E-mail")).ToHaveValueAsync("no address <b>at all</b>");
        await Expect(page.GetByLabel("Name")).ToHaveValueAsync("Kept");
        await Expect(page.GetByLabel("Password")).ToHaveValueAsync("");
        // What is wrong has the focus, so that it is read out.
        Assert.Equal("wrong", await page.EvaluateAsync<string>("document.activeElement.id"));
        await page.GetByLabel("E-mail").FillAsync("weak@example.org");
        await page.GetByLabel("Password").FillAsync("short");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(page.Locator("#f-password-error")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Sign_in_refuses_a_wrong_password_without_saying_which_was_wrong()
    {
        await using var member = await site.MemberWindow("refused@example.org");
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.SignIn("refused@example.org", "wrong but long enough");
        var known = await page.Locator("#wrong").InnerTextAsync();
        await Expect(page.GetByLabel("E-mail")).ToHaveValueAsync("refused@example.org");
        await page.SignIn("nobody@example.org", "wrong but long enough");
        Assert.Equal(known, await page.Locator("#wrong").InnerTextAsync());
    }

    [Fact]
    public async Task Sign_in_leads_back_to_the_page_that_asked_for_it_and_nowhere_else()
    {
        await using var member = await site.MemberWindow("back@example.org");
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/account/security");
        Assert.EndsWith("/sign-in?next=%2Faccount%2Fsecurity", page.Url, StringComparison.Ordinal);
        await page.GetByLabel("E-mail").FillAsync("back@example.org");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(People.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/account/security");
        foreach (var evil in new[] { "//evil.example", "https://evil.example", "/\\evil.example" })
        {
            await page.GotoAsync("/sign-in?next=" + Uri.EscapeDataString(evil));
            Assert.StartsWith(site.Url.ToString(), page.Url, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Second_factor_is_asked_for_after_it_was_added()
    {
        await using var window = await site.MemberWindow("factor@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/account/two-factor");
        await page.ProveByPassword();
        // Looking begins nothing, however often.
        await page.ReloadAsync();
        await Expect(page.Locator(".qr")).ToHaveCountAsync(0);
        await page.Press("Set up an app");
        await Expect(page.Locator(".qr")).ToBeVisibleAsync();
        var secret = await page.Locator(".key-field .shown").TextContentAsync();
        await page.ReloadAsync();
        Assert.Equal(secret, await page.Locator(".key-field .shown").TextContentAsync());
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Code" }).FillAsync("000000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm code" }).ClickAsync();
        await Expect(page.Locator("#f-code-error")).ToBeVisibleAsync();
        // The app that scanned it already knows this secret: a second look shows the same one.
        Assert.Equal(secret, await page.Locator(".key-field .shown").TextContentAsync());
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Code" }).FillAsync(Totp(secret!));
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm code" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Recovery codes" })).ToBeVisibleAsync();
        var codes = (await page.Locator(".code pre").InnerTextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, codes.Length);
        var examination = new PageExamination(site, window);
        foreach (var path in new[] { "/account/two-factor/remove", "/account/recovery-codes", "/account/two-factor" })
            await examination.Examine(path);
        await using var other = await site.Window(script: false);
        var second = await other.NewPageAsync();
        await second.SignIn("factor@example.org", People.Password);
        await second.WaitForURLAsync("**/sign-in/code");
        await second.GetByLabel("Code").FillAsync("not a code");
        await second.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(second.Locator("#f-code-error")).ToBeVisibleAsync();
        await second.GetByLabel("Code").FillAsync(codes[0]);
        await second.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(second.GetByText("Your role")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Reset_answers_the_same_whether_the_address_has_an_account_or_not()
    {
        await using var member = await site.MemberWindow("forgot@example.org");
        await using var window = await site.Window(script: false);
        var page = await window.NewPageAsync();
        List<string> answers = [];
        foreach (var email in new[] { "forgot@example.org", "stranger@example.org" })
        {
            await page.GotoAsync("/reset");
            await page.GetByLabel("E-mail").FillAsync(email);
            await page.GetByRole(AriaRole.Button, new() { Name = "Send the link" }).ClickAsync();
            answers.Add(page.Url + await page.Locator("main").InnerTextAsync());
        }
        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task Sign_out_ends_the_session()
    {
        await using var window = await site.MemberWindow("out@example.org");
        var page = await window.NewPageAsync();
        await page.GotoAsync("/account");
        var cookies = await window.CookiesAsync();
        await page.Locator(".rail-foot summary").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.WaitForURLAsync("**/sign-in");
        // The secret itself is dead, not only forgotten by the browser.
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        http.DefaultRequestHeaders.Add("Cookie", string.Join("; ", cookies.Select(one => $"{one.Name}={one.Value}")));
        using var answer = await http.GetAsync(new Uri(site.Url, "/account"));
        Assert.Equal("/sign-in?next=%2Faccount", answer.Headers.Location?.ToString());
    }

    // RFC 6238 with SHA-1, six digits, 30 seconds.
    [SuppressMessage("Security", "CA5350", Justification = "It is what authenticator apps speak.")]
    private static string Totp(string secret)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        List<byte> key = [];
        var (bits, count) = (0, 0);
        foreach (var character in secret.Where(char.IsLetterOrDigit))
        {
            bits = (bits << 5) | alphabet.IndexOf(char.ToUpperInvariant(character), StringComparison.Ordinal);
            if ((count += 5) < 8) continue;
            key.Add((byte)(bits >> (count -= 8)));
            bits &= (1 << count) - 1;
        }
        var step = BitConverter.GetBytes(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30);
        Array.Reverse(step);
        var hash = HMACSHA1.HashData(key.ToArray(), step);
        var at = hash[^1] & 15;
        var number = (hash[at] & 127) << 24 | hash[at + 1] << 16 | hash[at + 2] << 8 | hash[at + 3];
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}
