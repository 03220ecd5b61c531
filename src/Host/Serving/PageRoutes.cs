using System.Net;
using System.Reflection;
using System.Text;
using Sluice.Host.Demo;
using Sluice.Platform;

namespace Sluice.Host.Serving;

/// <summary>The root page and the documentation of this very version, from the binary itself.</summary>
internal static class PageRoutes
{
    private const string DocsPrefix = "docs/";

    private static readonly string Home = Resource("Pages/home.html")
        ?? throw new InvalidOperationException("The root page is not in the binary.");

    private static readonly Dictionary<string, string> Docs = typeof(PageRoutes).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(DocsPrefix, StringComparison.Ordinal))
        .ToDictionary(name => name[DocsPrefix.Length..], name => Resource(name)!, StringComparer.Ordinal);

    public static void MapPages(this WebApplication app)
    {
        app.MapGet("/", (HttpContext http, DemoLine demo) => Page(http, demo)).Anonymous("the front door");
        app.MapGet("/docs/{name}", (string name) =>
            Docs.TryGetValue(name, out var text) ? Results.Text(text, "text/plain; charset=utf-8") : Results.NotFound())
            .Anonymous("the documentation of this version");
        app.MapGet("/favicon.ico", () => Results.NoContent()).Anonymous("browsers ask for it on their own");
    }

    private static IResult Page(HttpContext http, DemoLine demo)
    {
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers.CacheControl = "no-store";
        // The demo's key is shown to this machine alone.
        var line = Callers.IsLocal(http) && demo.Text is { } text
            ? Broken(text)
            : $"curl {http.Request.Scheme}://{http.Request.Host}/v1/SERVICE \\\n"
                + "  -H 'Authorization: Bearer YOUR_KEY' \\\n  -H 'Content-Type: application/json' \\\n"
                + "  -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\",\"params\":[]}'";
        var lead = Callers.IsLocal(http) && demo.Text is not null
            ? "The demo runs. Copy this into a terminal: a local chain answers through the gateway, and the call is counted."
            : "A call reads like this, with the name of a service and a key of yours.";
        var links = new StringBuilder();
        foreach (var name in Docs.Keys.Order(StringComparer.Ordinal))
            links.Append("<li><a href=\"/docs/").Append(name).Append("\">").Append(WebUtility.HtmlEncode(TitleOf(name)))
                .Append("</a><span>docs/").Append(name).Append("</span></li>");
        var page = Home
            .Replace("{{lead}}", WebUtility.HtmlEncode(lead), StringComparison.Ordinal)
            .Replace("{{line}}", WebUtility.HtmlEncode(line), StringComparison.Ordinal)
            .Replace("{{docs}}", links.ToString(), StringComparison.Ordinal)
            .Replace("{{version}}", typeof(PageRoutes).Assembly.GetName().Version?.ToString(3) ?? "", StringComparison.Ordinal);
        return Results.Text(page, "text/html; charset=utf-8");
    }

    // One line in a terminal; here it breaks where it reads best, and still works when it is copied.
    private static string Broken(string line) => line
        .Replace(" -H ", " \\\n  -H ", StringComparison.Ordinal)
        .Replace(" -d ", " \\\n  -d ", StringComparison.Ordinal);

    private static string TitleOf(string name)
    {
        var first = Docs[name].AsSpan();
        var end = first.IndexOf('\n');
        return (end < 0 ? first : first[..end]).TrimStart("# ").Trim().ToString();
    }

    private static string? Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        if (stream is null) return null;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
