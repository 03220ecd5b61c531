using Sluice.Host.Demo;
using Sluice.Host.Portal.Docs;
using Sluice.Host.Portal.Forms;
using Sluice.Host.Portal.Web;
using Sluice.Host.Serving;
using Sluice.Platform;

namespace Sluice.Host.Portal.Home;

/// <summary>The first page, and what belongs to no page: style, script, theme.</summary>
internal static class HomeRoutes
{
    public static void MapHome(this RouteGroupBuilder portal)
    {
        portal.MapGet("/", Show).Anonymous("the front door");
        portal.MapGet("/favicon.ico", (Assets.PortalAssets assets) => Results.Redirect(assets.Icon))
            .Anonymous("browsers ask for it on their own");
        portal.MapGet(Assets.PortalAssets.Folder + "{file}",
            (HttpContext http, Assets.PortalAssets assets, string file) => assets.Serve(http, file))
            .Anonymous("style and script of every page");
        portal.MapForm("/theme", ChooseTheme).Anonymous("visitors choose a theme too");
    }

    private static IResult Show(HttpContext http, DemoLine demo, DocsBook book)
    {
        // The demo's key is shown to this machine alone.
        var own = Callers.IsHere(http) && demo.Text is not null;
        return Pages.Show<HomePage>(
            (nameof(HomePage.Lead), own
                ? "The demo runs. Copy this into a terminal: a local chain answers through the gateway, and the call is counted."
                : "A call reads like this, with the name of a service and a key of yours."),
            (nameof(HomePage.Line), own ? Broken(demo.Text!) : Sample(http)),
            (nameof(HomePage.Docs), book.Groups));
    }

    private static string Sample(HttpContext http) =>
        $"curl {PublicAddress.Of(http)}/v1/SERVICE \\\n"
        + "  -H 'Authorization: Bearer YOUR_KEY' \\\n  -H 'Content-Type: application/json' \\\n"
        + "  -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\",\"params\":[]}'";

    // One line in a terminal; here it breaks where it reads best, and still works when it is copied.
    private static string Broken(string line) => line
        .Replace(" -H ", " \\\n  -H ", StringComparison.Ordinal)
        .Replace(" -d ", " \\\n  -d ", StringComparison.Ordinal);

    private static Task<IResult> ChooseTheme(HttpContext http, FormState form)
    {
        var theme = form["theme"];
        if (theme is "light" or "dark")
            http.Response.Cookies.Append(PortalCookies.Theme, theme, PortalCookies.Options(PortalCookies.ThemeKept));
        else
            http.Response.Cookies.Delete(PortalCookies.Theme, PortalCookies.Options(null));
        return Task.FromResult(Pages.Done(http, LocalPath.Or(form["back"], "/")));
    }
}
