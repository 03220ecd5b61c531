using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Integration.Portal;

/// <summary>The real program, a certified OpenID provider and Debian's Chromium.</summary>
public sealed class ProviderPages(PostgresCluster postgres) : IAsyncLifetime
{
    private CertifiedProvider _provider = null!;
    private Browser _browser = null!;

    public SluiceProcess Sluice { get; private set; } = null!;

    public string Database { get; private set; } = "";

    public Uri Url => new($"http://localhost:{Sluice.Port}");

    public async ValueTask InitializeAsync()
    {
        var port = FreePort.Next();
        _provider = await CertifiedProvider.Start($"http://localhost:{port}/sign-in/with/acme/return");
        Database = await postgres.CreateDatabase();
        Sluice = await SluiceProcess.Start(new SluiceOptions
        {
            Database = Database,
            Port = port,
            Environment = new Dictionary<string, string?>
            {
                ["SLUICE_PUBLIC_URL"] = $"http://localhost:{port}",
                ["SLUICE_PROVIDERS__ACME__ISSUER"] = _provider.Issuer,
                ["SLUICE_PROVIDERS__ACME__CLIENTID"] = CertifiedProvider.Client,
                ["SLUICE_PROVIDERS__ACME__CLIENTSECRET"] = CertifiedProvider.Secret,
                ["SLUICE_PROVIDERS__ACME__LABEL"] = "Acme ID",
                ["SLUICE_PROVIDERS__ACME__AUTHORITYFILE"] = _provider.AuthorityFile,
            },
        });
        _browser = await Browser.Start();
    }

    public Task<IBrowserContext> Window() => _browser.Window(new BrowserNewContextOptions
    {
        BaseURL = Url.ToString(),
        // The provider's certificate is of the tests' own authority, which Chromium does not know.
        IgnoreHTTPSErrors = true,
        ViewportSize = Sizes.Desk,
        ReducedMotion = ReducedMotion.Reduce,
    });

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        if (Sluice is not null) await Sluice.DisposeAsync();
        if (_provider is not null) await _provider.DisposeAsync();
    }
}

/// <summary>Signing up, in, proving again and linking with a certified provider, by the pages alone.</summary>
public sealed class ProviderPagesTests(ProviderPages site) : IClassFixture<ProviderPages>
{
    [Fact]
    public async Task Somebody_signs_up_signs_in_again_and_proves_again_by_the_provider()
    {
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-up");
        await Continue(page);
        await Enter(page, "new@example.org");
        await Consent(page);
        await page.WaitForURLAsync(url => url.StartsWith(site.Url.ToString() + "console", StringComparison.Ordinal));
        await page.GotoAsync("/account/security");
        await Expect(page.Locator("#logins")).ToContainTextAsync("new@example.org");
        await new PageExamination(site.Url, window).Examine("/account/security", "account-security-provider");
        await new PageExamination(site.Url, window).Examine("/account/prove?next=/account", "prove-provider");

        await SignOut(page);
        await new PageExamination(site.Url, window).Examine("/sign-in", "sign-in-provider");
        await page.GotoAsync("/sign-in?next=" + Uri.EscapeDataString("/account"));
        await Continue(page);
        // The provider remembers, and asks nothing.
        await page.WaitForURLAsync("**/account");
        await Expect(page.Locator("main")).ToContainTextAsync("new@example.org");

        await Execute("UPDATE tenants.sessions SET proved_at = now() - interval '1 hour'");
        await page.GotoAsync("/account/email");
        Assert.Contains("/account/prove", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Link, new() { Name = "Prove it with Acme ID" }).ClickAsync();
        // Told to, it asks again.
        await Enter(page, "new@example.org");
        await page.WaitForURLAsync("**/account/email");
        await Expect(page.GetByLabel("New address")).ToBeVisibleAsync();

        // Nothing else would let this person in.
        await page.GotoAsync("/account/security");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Acme ID" }).ClickAsync();
        await Expect(page.GetByText("Nothing else would let you in")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_address_with_an_account_is_linked_from_inside_after_a_sign_in_as_before()
    {
        await Member("member@example.org");
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-in");
        await Continue(page);
        await Enter(page, "member@example.org");
        await Consent(page);
        await page.WaitForURLAsync("**/sign-in/known");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "You have an account already" })).ToBeVisibleAsync();
        await new PageExamination(site.Url, window).Examine("/sign-in/known", "sign-in-known");
        // Nobody is signed in.
        Assert.Equal(401, (await window.APIRequest.GetAsync("/api/v1/me")).Status);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByLabel("E-mail").FillAsync("member@example.org");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(People.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/account/logins/pending");
        await page.GetByRole(AriaRole.Button, new() { Name = "Link Acme ID" }).ClickAsync();
        await page.WaitForURLAsync("**/account/security");
        await Expect(page.Locator("#logins")).ToContainTextAsync("member@example.org");
        await IsAccessible(page);
        await SignOut(page);
        await page.GotoAsync("/sign-in");
        await Continue(page);
        await page.WaitForURLAsync(url => url.StartsWith(site.Url.ToString() + "console", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_login_is_linked_on_the_page_of_the_account_and_removed_there()
    {
        await Member("linker@example.org");
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.SignIn("linker@example.org", People.Password);
        await page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
        await page.GotoAsync("/account/security");
        await page.GetByRole(AriaRole.Link, new() { Name = "Link a sign-in" }).ClickAsync();
        await new PageExamination(site.Url, window).Examine("/account/logins/link", "account-login");
        await page.GetByRole(AriaRole.Link, new() { Name = "Continue to Acme ID" }).ClickAsync();
        await Enter(page, "elsewhere@example.org");
        await Consent(page);
        await page.WaitForURLAsync("**/account/security");
        await Expect(page.Locator("#logins")).ToContainTextAsync("elsewhere@example.org");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Acme ID" }).ClickAsync();
        await Expect(page.Locator("#logins")).Not.ToContainTextAsync("elsewhere@example.org");
    }

    [Fact]
    public async Task A_return_that_fails_says_why_and_repeats_nothing()
    {
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        var answer = await page.GotoAsync("/sign-in/with/acme/return?code=planted-code&state=planted-state&error=%3Cscript%3E");
        Assert.Equal(400, answer!.Status);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Begin again" })).ToBeVisibleAsync();
        Assert.DoesNotContain("planted", await page.ContentAsync(), StringComparison.Ordinal);
        await IsAccessible(page);
        Assert.Equal(404, (await page.GotoAsync("/sign-in/with/nobody"))!.Status);

        // Somebody whose address there is not confirmed.
        await page.GotoAsync("/sign-up");
        await Continue(page);
        await Enter(page, "unproved@example.org");
        await Consent(page);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your address is not confirmed there" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to sign in" }).ClickAsync();
        await page.WaitForURLAsync("**/sign-in");
    }

    [Fact]
    public async Task Somebody_who_cancels_is_told_so()
    {
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync("/sign-in");
        await IsAccessible(page);
        await Continue(page);
        await page.GetByText("[ Cancel ]").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "The sign-in was stopped" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_journey_leads_to_places_of_ours_alone_and_keeps_its_cookie_to_itself()
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = site.Url };
        using var left = await http.GetAsync(new Uri("/sign-in/with/acme?next=/account", UriKind.Relative));
        Assert.Equal(303, (int)left.StatusCode);
        var cookie = Assert.Single(left.Headers.GetValues("Set-Cookie"), one => one.StartsWith("__Host-sluice-journey=", StringComparison.Ordinal));
        foreach (var part in new[] { "path=/", "secure", "httponly", "samesite=lax", "max-age=600" })
            Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("no-store", left.Headers.CacheControl!.ToString());

        foreach (var evil in new[] { "//evil.example", "https://evil.example", "/\\evil.example", "/a\tb" })
        {
            await using var window = await site.Window();
            var page = await window.NewPageAsync();
            await page.GotoAsync("/sign-in/with/acme?next=" + Uri.EscapeDataString(evil));
            await Enter(page, "evil@example.org");
            await Consent(page);
            await page.WaitForURLAsync(url => url.StartsWith(site.Url.ToString() + "console", StringComparison.Ordinal));
        }
    }

    private static Task Continue(IPage page) => page.GetByRole(AriaRole.Link, new() { Name = "Continue with Acme ID" }).ClickAsync();

    private static async Task Enter(IPage page, string address)
    {
        await page.Locator("input[name=login]").FillAsync(address);
        await page.Locator("input[name=password]").FillAsync("anything");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign-in" }).ClickAsync();
    }

    private static Task Consent(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();

    private static async Task SignOut(IPage page)
    {
        // As the button of the frame does, wherever it stands.
        await page.EvaluateAsync("() => document.querySelector('form[action=\"/sign-out\"]').requestSubmit()");
        await page.WaitForURLAsync("**/sign-in");
    }

    private async Task Member(string email)
    {
        var made = await site.Sluice.VerbJson("user", "create", email);
        await using var window = await site.Window();
        var page = await window.NewPageAsync();
        await page.GotoAsync(new Uri(made.GetProperty("link").GetString()!).PathAndQuery);
        await page.GetByLabel("New password").FillAsync(People.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Set password" }).ClickAsync();
        await page.WaitForURLAsync("**/sign-in");
    }

    private async Task Execute(string sql)
    {
        await using var source = NpgsqlDataSource.Create(site.Database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task IsAccessible(IPage page)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
            var found = await page.RunAxe();
            Assert.True(found.Violations.Length == 0, $"{page.Url}: {string.Join("; ", found.Violations.Select(one => one.Id + " " + one.Help))}");
        }
    }
}
