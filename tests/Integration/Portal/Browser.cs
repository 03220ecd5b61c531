using Microsoft.Playwright;
using Sluice.Integration.Processes;

namespace Sluice.Integration.Portal;

/// <summary>Debian's Chromium, and the driver of it.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private readonly IPlaywright _driver;
    private readonly IBrowser _program;

    private Browser(IPlaywright driver, IBrowser program) => (_driver, _program) = (driver, program);

    // The driver's own patience is 5 seconds, less than a busy machine may take to draw a page.
    private static float PatienceMs => (float)Until.Limit.TotalMilliseconds;

    public static async Task<Browser> Start()
    {
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        var driver = await Playwright.CreateAsync();
        return new Browser(driver, await driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("SLUICE_CHROMIUM") ?? "/usr/bin/chromium",
            Args = Flags,
        }));
    }

    /// <summary>A window without cookies.</summary>
    public async Task<IBrowserContext> Window(BrowserNewContextOptions options)
    {
        var window = await _program.NewContextAsync(options);
        window.SetDefaultTimeout(PatienceMs);
        return window;
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _driver.Dispose();
    }
}
