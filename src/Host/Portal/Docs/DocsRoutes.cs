using Sluice.Platform;

namespace Sluice.Host.Portal.Docs;

/// <summary>The documentation, as pages and as the text that they were made from.</summary>
internal static class DocsRoutes
{
    public static void MapDocs(this RouteGroupBuilder portal)
    {
        var docs = portal.MapGroup("/docs").Anonymous("the documentation of this version");
        docs.MapGet("", (DocsBook book) => Pages.Show<DocsIndex>((nameof(DocsIndex.Groups), book.Groups)));
        docs.MapGet("/{name}", (DocsBook book, string name) => name.EndsWith(".md", StringComparison.Ordinal)
            ? Source(book, name[..^3])
            : Page(book, name));
    }

    private static IResult Page(DocsBook book, string name) => book.Find(name) is { } page
        ? Pages.Show<DocsPage>(
            (nameof(DocsPage.Name), name), (nameof(DocsPage.Page), page), (nameof(DocsPage.Groups), book.Groups))
        : Results.NotFound();

    private static IResult Source(DocsBook book, string name) => book.Find(name) is { } page
        ? Results.Text(page.Source, "text/plain; charset=utf-8")
        : Results.NotFound();
}
