using Microsoft.Playwright;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;
using Xunit;

namespace Sluice.Integration.Portal;

/// <summary>The classes that look at pages share one installation and one browser.</summary>
[CollectionDefinition(Name)]
public sealed class PortalCollection : ICollectionFixture<PortalSite>
{
    public const string Name = "Portal";
}

/// <summary>The real program over a database of its own, and Debian's Chromium.</summary>
public sealed class PortalSite(PostgresCluster postgres) : IAsyncLifetime
{
    /// <summary>Settings of the program on top of those below.</summary>
    internal IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    private readonly SemaphoreSlim _operatorOnce = new(1);
    private bool _hasOperator;
    private Browser? _browser;
    private SluiceProcess? _sluice;

    /// <summary>Connection string, for what no page can bring about: time that has passed.</summary>
    public string Database { get; private set; } = "";

    public SluiceProcess Sluice => _sluice ?? throw new InvalidOperationException("The site is not started.");

    /// <summary>As a browser addresses it. Cookies of this machine count as safe.</summary>
    public Uri Url => new($"http://localhost:{Sluice.Port}");

    public async ValueTask InitializeAsync()
    {
        Database = await postgres.CreateDatabase();
        // Passkeys belong to a name, which the address that it listens on is not.
        var port = FreePort.Next();
        _sluice = await SluiceProcess.Start(new SluiceOptions
        {
            Database = Database,
            Port = port,
            Environment = new Dictionary<string, string?>(Settings, StringComparer.Ordinal)
            {
                ["SLUICE_PUBLIC_URL"] = $"http://localhost:{port}",
                // Mails are kept for the operator, whose page the tests read them on.
                ["SLUICE_MAIL__KEEP"] = Settings.GetValueOrDefault("SLUICE_MAIL__KEEP", "true"),
            },
        });
        _browser = await Browser.Start();
    }

    /// <summary>A browser's window without cookies.</summary>
    /// <param name="script">Whether it runs scripts.</param>
    public Task<IBrowserContext> Window(bool script = true) => _browser!.Window(new BrowserNewContextOptions
    {
        BaseURL = Url.ToString(),
        JavaScriptEnabled = script,
        ViewportSize = Sizes.Desk,
        ReducedMotion = ReducedMotion.Reduce,
        TimezoneId = "Europe/Berlin",
        Locale = "en-US",
        Permissions = script ? ["clipboard-read", "clipboard-write"] : [],
    });

    /// <summary>A window in which the first operator is signed in. Each has a session of its own.</summary>
    public async Task<IBrowserContext> OperatorWindow(bool script = true)
    {
        await _operatorOnce.WaitAsync();
        try
        {
            if (!_hasOperator)
            {
                await using var first = await Window();
                var page = await first.NewPageAsync();
                await page.GotoAsync(FirstOperatorPath());
                await page.GetByLabel("E-mail").FillAsync(People.Operator);
                await page.GetByLabel("Name").FillAsync("Operator of the tests");
                await page.GetByLabel("Password").FillAsync(People.Password);
                await page.GetByRole(AriaRole.Button, new() { Name = "Create the first operator" }).ClickAsync();
                await page.WaitForURLAsync("**/operator/users");
                _hasOperator = true;
            }
        }
        finally
        {
            _operatorOnce.Release();
        }
        return await SignedIn(People.Operator, script);
    }

    /// <summary>An account with a confirmed address, made on the command line, signed in.</summary>
    public async Task<IBrowserContext> MemberWindow(string email, bool script = true)
    {
        var made = await Sluice.VerbJson("user", "create", email);
        await using (var first = await Window())
        {
            var page = await first.NewPageAsync();
            await page.GotoAsync(new Uri(made.GetProperty("link").GetString()!).PathAndQuery);
            await page.GetByLabel("New password").FillAsync(People.Password);
            await page.GetByRole(AriaRole.Button, new() { Name = "Set password" }).ClickAsync();
            await page.WaitForURLAsync("**/sign-in");
        }
        return await SignedIn(email, script);
    }

    /// <summary>A window in which somebody signed in by password.</summary>
    public async Task<IBrowserContext> SignedIn(string email, bool script = true)
    {
        var window = await Window(script);
        var page = await window.NewPageAsync();
        await page.SignIn(email, People.Password);
        await page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
        await page.CloseAsync();
        return window;
    }

    private string FirstOperatorPath()
    {
        var output = Sluice.Output;
        var at = output.IndexOf("/first-operator?token=", StringComparison.Ordinal);
        return output[at..].Split('\n', 2)[0].Trim();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _operatorOnce.Dispose();
        if (_sluice is not null) await _sluice.DisposeAsync();
    }
}

internal static class People
{
    public const string Operator = "operator@example.org";
    public const string Password = "quiet river under stone bridges";

    /// <summary>Passes the page that asks for a fresh proof, where it stands in between.</summary>
    public static async Task ProveByPassword(this IPage page)
    {
        if (!page.Url.Contains("/account/prove", StringComparison.Ordinal)) return;
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/account/prove", StringComparison.Ordinal));
    }

    /// <summary>Presses the button with exactly these words.</summary>
    public static Task Press(this IPage page, string button) =>
        page.GetByRole(AriaRole.Button, new PageGetByRoleOptions
        {
            Name = button,
            Exact = true,
        }).ClickAsync();

    public static async Task SignIn(this IPage page, string email, string password)
    {
        await page.GotoAsync("/sign-in");
        await page.GetByLabel("E-mail").FillAsync(email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
    }
}

internal static class Sizes
{
    public static readonly ViewportSize Desk = new() { Width = 1440, Height = 900 };
    public static readonly ViewportSize Tablet = new() { Width = 1024, Height = 768 };
    public static readonly ViewportSize Phone = new() { Width = 390, Height = 844 };
}
