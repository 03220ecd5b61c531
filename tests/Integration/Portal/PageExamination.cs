using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Sluice.Integration.Portal;

/// <summary>
/// What every page must hold, looked at in the browser: nothing that axe finds in light or dark, nothing wider than the
/// screen, no dead link, nothing that the content policy stops, few bytes and a quick server. With UPDATE_SCREENSHOTS=1
/// it also takes the pictures of docs/design.
/// </summary>
internal sealed class PageExamination(Uri root, IBrowserContext window)
{
    public PageExamination(PortalSite site, IBrowserContext window) : this(site.Url, window)
    {
    }

    private const int HtmlBytesMax = 30 * 1024;
    private const int ColdBytesMax = 60 * 1024;
    private const int ServerMsMax = 100;
    private const int PictureHeightMax = 1400;
    private const int Asked = 5;

    private static readonly bool TakesPictures = Environment.GetEnvironmentVariable("UPDATE_SCREENSHOTS") == "1";

    private readonly HashSet<string> _alive = new(StringComparer.Ordinal);

    /// <summary>Looks at the page of a path under each theme and width.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="picture">Names its pictures; null takes none.</param>
    /// <param name="act">What to do on the page first: send a form with errors, open a dialog.</param>
    /// <param name="htmlBytesMax">More than usual for what is long by nature, such as a reference.</param>
    public async Task Examine(
        string path, string? picture = null, Func<IPage, Task>? act = null, int htmlBytesMax = HtmlBytesMax)
    {
        var page = await window.NewPageAsync();
        List<string> complaints = [];
        page.Console += (_, message) =>
        {
            // A page that answers 404 or 422 on purpose is no complaint.
            var ofPage = message.Location.StartsWith(page.Url, StringComparison.Ordinal)
                && message.Text.Contains("status of 4", StringComparison.Ordinal);
            if (message.Type is "error" or "warning" && !ofPage) complaints.Add(message.Text);
        };
        page.PageError += (_, fault) => complaints.Add(fault);
        var bytes = await Load(page, path, htmlBytesMax);
        if (act is not null) await act(page);
        await Looks(page, picture);
        Assert.Empty(complaints);
        if (act is null) Assert.InRange(bytes, 1, ColdBytesMax + htmlBytesMax - HtmlBytesMax);
        await LinksLeadSomewhere(page);
        if (act is null) await ServerIsQuick(path);
        await page.CloseAsync();
    }

    private static async Task<int> Load(IPage page, string path, int htmlBytesMax)
    {
        var responses = new ConcurrentQueue<IResponse>();
        void Note(object? sender, IResponse response) => responses.Enqueue(response);

        page.Response += Note;
        var answer = await page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.NetworkIdle });
        page.Response -= Note;
        Assert.NotNull(answer);
        Assert.True(answer.Status < 500, $"{path} answered {answer.Status}");
        var bytes = 0;
        foreach (var response in responses)
        {
            // Without a length it came in chunks, and whole.
            var length = response.Headers.TryGetValue("content-length", out var text)
                ? int.Parse(text, CultureInfo.InvariantCulture)
                : (await response.BodyAsync()).Length;
            bytes += length;
            if (response.Request.IsNavigationRequest) Assert.InRange(length, 1, htmlBytesMax);
        }
        return bytes;
    }

    private static async Task Looks(IPage page, string? picture)
    {
        foreach (var (theme, scheme) in new[] { ("light", ColorScheme.Light), ("dark", ColorScheme.Dark) })
        {
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
            foreach (var (width, size) in new[] { ("desk", Sizes.Desk), ("tablet", Sizes.Tablet), ("phone", Sizes.Phone) })
            {
                await page.SetViewportSizeAsync(size.Width, size.Height);
                await Fits(page, size.Width);
                if (width == "tablet") continue;
                // A phone lays out anew, but its colours are those of the desk.
                if ((theme, width) != ("dark", "phone")) await IsAccessible(page, $"{theme}, {width}");
                var name = (theme, width) switch
                {
                    ("light", "desk") => "light",
                    ("dark", "desk") => "dark",
                    ("light", "phone") => "phone",
                    _ => null,
                };
                if (picture is not null && name is not null) await Picture(page, $"{picture}-{name}");
            }
        }
        await page.SetViewportSizeAsync(Sizes.Desk.Width, Sizes.Desk.Height);
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
    }

    private static async Task Fits(IPage page, int width)
    {
        var wide = await page.EvaluateAsync<string[]>(
            """
            width => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll('body *')]
              .filter(e => e.getBoundingClientRect().right > width + 1)
              .map(e => `${e.tagName.toLowerCase()}.${e.className} reaches ${Math.round(e.getBoundingClientRect().right)}`)
              .slice(0, 5)
            """, width);
        Assert.True(wide.Length == 0, $"{page.Url} is wider than {width}: {string.Join("; ", wide)}");
    }

    private static async Task IsAccessible(IPage page, string where)
    {
        var found = await page.RunAxe();
        Assert.True(
            found.Violations.Length == 0,
            $"{page.Url} ({where}): " + string.Join("; ", found.Violations.Select(violation =>
                $"{violation.Id} {violation.Help}: {string.Join(", ", violation.Nodes.Take(4).Select(node => node.Html + " " + string.Join(' ', node.Any.Select(any => any.Message))))}")));
    }

    private static async Task Picture(IPage page, string name)
    {
        if (!TakesPictures) return;
        var folder = Path.Combine(Root(), "docs", "design", "screenshots");
        Directory.CreateDirectory(folder);
        var size = page.ViewportSize!;
        var height = await page.EvaluateAsync<int>("document.documentElement.scrollHeight");
        await page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = Path.Combine(folder, name + ".png"),
            FullPage = true,
            Clip = new Clip { Width = size.Width, Height = Math.Clamp(height, size.Height, PictureHeightMax) },
            Animations = ScreenshotAnimations.Disabled,
            Caret = ScreenshotCaret.Hide,
        });
    }

    private async Task LinksLeadSomewhere(IPage page)
    {
        var links = await page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('a[href], link[href], script[src]')].map(e => e.href || e.src)");
        foreach (var link in links.Distinct(StringComparer.Ordinal))
        {
            var address = new Uri(link);
            if (address.Host != root.Host || address.Port != root.Port) continue;
            if (address.Fragment.Length > 1 && address.GetLeftPart(UriPartial.Query) == page.Url.Split('#')[0])
            {
                var there = await page.EvaluateAsync<bool>(
                    "id => document.getElementById(id) !== null", Uri.UnescapeDataString(address.Fragment[1..]));
                Assert.True(there, $"{page.Url} links to {address.Fragment}, which is not on it");
                continue;
            }
            var target = address.GetLeftPart(UriPartial.Query);
            if (!_alive.Add(target)) continue;
            // A journey to a provider would be under way in this window: that it begins is enough.
            var journey = address.AbsolutePath.StartsWith("/sign-in/with/", StringComparison.Ordinal);
            var answer = await window.APIRequest.GetAsync(target, new() { MaxRedirects = journey ? 0 : null });
            Assert.True(answer.Status < 400, $"{page.Url} links to {target}, which answers {answer.Status}");
        }
    }

    private async Task ServerIsQuick(string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        var cookies = string.Join("; ", (await window.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        var times = new List<double>();
        for (var i = 0; i < Asked; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, path));
            request.Headers.Add("Cookie", cookies);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
            var begun = Stopwatch.GetTimestamp();
            using var answer = await http.SendAsync(request);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            Assert.NotEqual(HttpStatusCode.InternalServerError, answer.StatusCode);
        }
        Assert.True(times.Min() < ServerMsMax, $"{path} took {times.Min():0} ms at best");
    }

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
