using System.Reflection;
using System.Text;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Sluice.Host.Portal.Docs;

/// <param name="Title">What the pages are for.</param>
/// <param name="Pages">In the order of the index.</param>
public sealed record DocsGroup(string Title, IReadOnlyList<DocsEntry> Pages);

/// <param name="Name">Its name in addresses.</param>
/// <param name="Title">Its first heading.</param>
/// <param name="Text">What it is for.</param>
public sealed record DocsEntry(string Name, string Title, string Text);

/// <param name="Title">Its first heading.</param>
/// <param name="Html">The rest.</param>
/// <param name="Source">The text that it was made from.</param>
/// <param name="Parts">Its second headings with their anchors.</param>
public sealed record DocsPageText(
    string Title, string Html, string Source, IReadOnlyList<(string Anchor, string Title)> Parts);

/// <summary>
/// The documentation of this very version, from the program itself: docs/README.md is the index, and its tables the
/// order of the pages. Only our own text is rendered, and raw HTML in it is not.
/// </summary>
public sealed class DocsBook
{
    private const string Prefix = "docs/";
    private const string Index = "README.md";

    private readonly MarkdownPipeline _pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).DisableHtml().Build();

    private readonly Dictionary<string, Lazy<DocsPageText>> _pages;

    public DocsBook()
    {
        var assembly = Assembly.GetExecutingAssembly();
        _pages = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name != Prefix + Index)
            .ToDictionary(
                name => Path.GetFileNameWithoutExtension(name[Prefix.Length..]),
                name => new Lazy<DocsPageText>(() => Read(Text(assembly, name))),
                StringComparer.Ordinal);
        Groups = ReadIndex(Text(assembly, Prefix + Index));
    }

    /// <summary>The pages as the index orders them.</summary>
    public IReadOnlyList<DocsGroup> Groups { get; }

    public DocsPageText? Find(string name) => _pages.TryGetValue(name, out var page) ? page.Value : null;

    private static string Text(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the program.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private List<DocsGroup> ReadIndex(string text)
    {
        List<DocsGroup> groups = [];
        List<DocsEntry> pages = [];
        foreach (var line in text.Split('\n'))
        {
            if (line.EndsWith(':') && !line.StartsWith('|')) groups.Add(new DocsGroup(line[..^1], pages = []));
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            // "| [keys.md](keys.md) | what for |": what is not a page of the program is for readers of the source.
            if (cells is not ["", { Length: > 1 } link, { Length: > 0 } said, ""]) continue;
            var target = link[(link.LastIndexOf('(') + 1)..^1];
            var name = Path.GetFileNameWithoutExtension(target);
            if (target != name + ".md" || Find(name) is not { } page) continue;
            var what = said.Replace("`", "", StringComparison.Ordinal);
            var repeated = page.Title + ": ";
            if (what.StartsWith(repeated, StringComparison.OrdinalIgnoreCase)) what = what[repeated.Length..];
            pages.Add(new DocsEntry(name, page.Title, char.ToUpperInvariant(what[0]) + what[1..]));
        }
        return [.. groups.Where(group => group.Pages.Count > 0)];
    }

    private DocsPageText Read(string source)
    {
        var document = Markdown.Parse(source, _pipeline);
        var title = "";
        List<(string, string)> parts = [];
        foreach (var heading in document.Descendants<HeadingBlock>().ToList())
        {
            if (heading.Level == 1 && title.Length == 0)
            {
                title = PlainText(heading.Inline);
                heading.Parent!.Remove(heading);
            }
            else if (heading.Level == 2)
            {
                parts.Add((heading.GetAttributes().Id ?? "", PlainText(heading.Inline)));
            }
        }
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            if (Address(link.Url ?? "") is { } address) link.Url = address;
            else link.ReplaceBy(new ContainerInline());
        }
        return new DocsPageText(title, Reachable(document.ToHtml(_pipeline)), source, parts);
    }

    // What scrolls sideways must be reachable by keyboard, and an empty head is none.
    private static string Reachable(string html) => html
        .Replace("<pre>", "<pre tabindex=\"0\">", StringComparison.Ordinal)
        .Replace("<table>", "<table tabindex=\"0\">", StringComparison.Ordinal)
        .Replace("<th></th>", "<td></td>", StringComparison.Ordinal);

    // Pages link each other by file; here a page has no ending. What is not in the program stays a word.
    private static string? Address(string url)
    {
        if (url.Contains("://", StringComparison.Ordinal) || url.StartsWith('#')) return url;
        var parts = url.Split('#', 2);
        var anchor = parts.Length > 1 ? "#" + parts[1] : "";
        if (parts[0] == Index) return "/docs" + anchor;
        return parts[0].EndsWith(".md", StringComparison.Ordinal) && !parts[0].Contains('/', StringComparison.Ordinal)
            ? $"/docs/{parts[0][..^3]}{anchor}"
            : null;
    }

    private static string PlainText(ContainerInline? inline)
    {
        var text = new StringBuilder();
        foreach (var part in inline?.Descendants() ?? [])
        {
            if (part is LiteralInline literal) text.Append(literal.Content);
            else if (part is CodeInline code) text.Append(code.Content);
        }
        return text.ToString();
    }
}
