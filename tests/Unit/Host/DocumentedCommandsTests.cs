using System.CommandLine;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sluice.Host.Cli;
using Xunit;

namespace Sluice.Unit.Host;

/// <summary>What documents and pages tell to type is understood, and the routes that they name are there.</summary>
public sealed class DocumentedCommandsTests(BuiltHost host) : IClassFixture<BuiltHost>
{
    private const string Page = "docs/cli.md";

    // In a block of a shell, between backticks, or as what a page says of itself.
    private const string Typed =
        @"^(?:\$ )?(?:\./do |sluice/)?(?<name>sluice [a-z].*)$|`(?:\./do )?(?<name>sluice [a-z][^`]*)`|(?:Command=|=> )""@?\(?\$?""?(?<name>sluice [a-z][^""]*)""";

    [Fact]
    public void Every_command_that_is_told_is_understood()
    {
        var told = Places().SelectMany(place => Commands(Repository.Text(place)).Select(line => (Place: place, Line: line))).ToList();
        Assert.True(told.Count > 100, $"{told.Count}");
        Repository.Empty(told.SelectMany(one => Faults(one.Line).Select(fault => $"{one.Place}: {one.Line}: {fault}")));
        Assert.NotEmpty(Faults("sluice job schedule list"));
        Assert.NotEmpty(Faults("sluice org create Acme --colour red"));
    }

    [Fact]
    public void Every_verb_is_on_its_page_and_no_other()
    {
        var verbs = RouteVerbsTests.Leaves(CommandLine.Build(), "").ToHashSet(StringComparer.Ordinal);
        HashSet<string> told = new(StringComparer.Ordinal);
        List<string> faults = [];
        foreach (var row in Repository.Find(Repository.Text(Page), @"^\| (?<name>`[a-z].*) \|.*\|.*\|$"))
        {
            var group = "";
            foreach (var cell in Repository.Find(row, @"`(?<name>[^`]+)`"))
            {
                var words = cell.Split(' ').TakeWhile(word => Repository.Says(word, "^[a-z][a-z-]*$")).ToArray();
                if (words.Length == 0) continue;
                // What follows belongs to the group of what stands before: `org create NAME`, `list`.
                var name = new[] { string.Join(' ', words), $"{group} {string.Join(' ', words)}" }.FirstOrDefault(verbs.Contains);
                if (name is null)
                {
                    faults.Add($"{Page} tells of '{cell}', which is no verb");
                    continue;
                }
                told.Add(name);
                group = name.Contains(' ', StringComparison.Ordinal) ? name[..name.LastIndexOf(' ')] : "";
            }
        }
        faults.AddRange(verbs.Where(verb => !told.Contains(verb)).Select(verb => $"{Page} does not tell of 'sluice {verb}'"));
        Repository.Empty(faults);
    }

    [Fact]
    public void Every_route_that_a_document_or_a_page_names_is_there()
    {
        var routes = ((IEndpointRouteBuilder)host.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(one => (one.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                .Select(verb => $"{verb} /{Shape(one.RoutePattern.RawText!.Trim('/'))}"))
            .ToHashSet(StringComparer.Ordinal);
        var named =
            from place in Places()
            from route in Repository.Find(
                Repository.Text(place), @"(?<name>(GET|POST|PUT|PATCH|DELETE) /(api/v1|auth|health|internal)/[^\s`""?,;\\)]*)")
            select (Place: place, Route: route.TrimEnd('.'));
        Assert.True(named.Count() > 60);
        Repository.Empty(
            from one in named
                // A page on the API's own routes leaves its prefix out.
            let shape = Shape(one.Route)
            where !one.Route.Contains('…', StringComparison.Ordinal) && !one.Route.Contains("{Root", StringComparison.Ordinal)
                && !routes.Contains(shape) && !routes.Contains(shape.Replace(" /", " /api/v1/", StringComparison.Ordinal))
            select $"{one.Place} names {one.Route}, which is no route");
    }

    private static IEnumerable<string> Places() =>
        Repository.Files("docs", ".md").Where(file => !file.StartsWith("docs/decisions/", StringComparison.Ordinal))
            .Concat(Repository.Files("src", ".md")).Concat(Repository.Files("src/Host/Portal", ".razor")).Append("README.md");

    private static IEnumerable<string> Commands(string text) =>
        from line in Repository.Find(text.Replace("\\\n", " ", StringComparison.Ordinal), Typed)
        // Two in one line, and prose that wraps within backticks.
        from part in line.ReplaceLineEndings(" ").Split(" && ")
        where part.StartsWith("sluice ", StringComparison.Ordinal)
        select part;

    private static IEnumerable<string> Faults(string line)
    {
        var words = Words(line);
        // The name of a group, or of a verb without its arguments: 'sluice secrets', 'sluice org create'.
        var command = (Command)CommandLine.Build();
        var rest = words.SkipWhile(word => command.Subcommands.FirstOrDefault(verb => verb.Name == word) is { } next && (command = next) is not null)
            .ToArray();
        if (rest.Length == 0 && words.Length > 0 && !line.Contains(' ' + "…", StringComparison.Ordinal)) return command is RootCommand ? [line] : [];
        // What a page fills in is seen here as the expression that it is.
        return CommandLine.Build().Parse(words).Errors.Select(error => error.Message)
            .Where(message => !message.StartsWith("Argument '{", StringComparison.Ordinal));
    }

    // As a shell does, as far as documents go: quotes, comments, and where output goes.
    private static string[] Words(string line)
    {
        List<string> words = [];
        StringBuilder? word = null;
        var quote = '\0';
        foreach (var c in line["sluice ".Length..])
        {
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word!.Append(c);
            }
            else if (c is '\'' or '"') (quote, word) = (c, word ?? new StringBuilder());
            else if (c is '#' or '>' or '<' or '|' or ';' && word is null) break;
            else if (c != ' ') (word ??= new StringBuilder()).Append(c);
            else if (word is not null)
            {
                words.Add(word.ToString());
                word = null;
            }
        }
        if (word is not null) words.Add(word.ToString());
        return [.. words];
    }

    // Ids and names of parameters alike.
    private static string Shape(string route) => string.Join('/', route.Split('/').Select(
        part => part.StartsWith('{') || part.Contains('_', StringComparison.Ordinal) ? "{}" : part));
}
