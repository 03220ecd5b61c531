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
    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private SluiceProcess? _sluice;

    public SluiceProcess Sluice => _sluice ?? throw new InvalidOperationException("The site is not started.");

    /// <summary>As a browser addresses it. Cookies of this machine count as safe.</summary>
    public Uri Url => new($"http://localhost:{Sluice.Port}");

    public async ValueTask InitializeAsync()
    {
        _sluice = await SluiceProcess.Start(new SluiceOptions { Database = await postgres.CreateDatabase() });
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("SLUICE_CHROMIUM") ?? "/usr/bin/chromium",
            Args = Flags,
        });
    }

    /// <summary>A browser's window without cookies.</summary>
    /// <param name="script">Whether it runs scripts.</param>
    public async Task<IBrowserContext> Window(bool script = true) => await _browser!.NewContextAsync(new BrowserNewContextOptions
    {
        BaseURL = Url.ToString(),
        JavaScriptEnabled = script,
        ViewportSize = Sizes.Desk,
        ReducedMotion = ReducedMotion.Reduce,
        TimezoneId = "Europe/Berlin",
        Locale = "en-US",
        Permissions = script ? ["clipboard-read", "clipboard-write"] : [],
    });

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_sluice is not null) await _sluice.DisposeAsync();
    }
}

internal static class Sizes
{
    public static readonly ViewportSize Desk = new() { Width = 1440, Height = 900 };
    public static readonly ViewportSize Tablet = new() { Width = 1024, Height = 768 };
    public static readonly ViewportSize Phone = new() { Width = 390, Height = 844 };
}
