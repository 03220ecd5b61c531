using Sluice.Gateway;
using Sluice.Host.Settings;
using Sluice.Platform.Metering;
using Xunit;

namespace Sluice.Unit;

/// <summary>Maps that lie are worse than none: what the documents name is there, and what is there is on the map.</summary>
public sealed class Maps
{
    private const string Map = "ARCHITECTURE.md";

    [Fact]
    public void Every_path_on_the_map_exists() => Repository.Empty(
        from path in PathsIn(Repository.Text(Map))
        where !Exists(path)
        select $"{Map} names `{path}`, which does not exist");

    [Fact]
    public void Every_project_and_every_room_is_on_the_map()
    {
        var named = PathsIn(Repository.Text(Map)).Select(path => path.TrimEnd('/')).ToHashSet(StringComparer.Ordinal);
        var projects = new[] { "src", "tests", "bench" }.SelectMany(folder => Repository.Files(folder, ".csproj"))
            .Select(file => Path.GetDirectoryName(file)!.Replace('\\', '/'));
        Repository.Empty(
            from folder in projects.Concat(Repository.Rooms().Select(room => $"src/Platform/{room}"))
            where !named.Contains(folder)
            select $"{Map} does not name `{folder}`");
    }

    [Fact]
    public void Every_step_is_on_the_map()
    {
        var named = PathsIn(Repository.Text(Map)).ToHashSet(StringComparer.Ordinal);
        Repository.Empty(
            from step in Repository.Files("src/Gateway/Steps", ".cs")
            where !named.Contains(step)
            select $"{Map} does not name the step `{step}`");
    }

    [Fact]
    public void Every_link_in_the_documents_leads_somewhere() => Repository.Empty(
        Documents().SelectMany(document => BrokenLinks(document, Repository.Text(document))));

    [Theory]
    [InlineData("docs")]
    [InlineData("docs/decisions")]
    public void Every_page_is_in_the_index_of_its_folder(string folder)
    {
        var index = Repository.Text($"{folder}/README.md");
        Repository.Empty(
            from page in Repository.Files(folder, ".md")
            let name = page[(folder.Length + 1)..]
            where name != "README.md" && !name.Contains('/', StringComparison.Ordinal)
                && !index.Contains($"]({name})", StringComparison.Ordinal)
            select $"{folder}/README.md does not link {name}");
    }

    [Fact]
    public void The_map_catches_a_planted_path() =>
        Assert.Equal(["src/Nowhere/X.cs"], PathsIn("`src/Nowhere/X.cs` and `GET /v1/x` and `/api/v1`").Where(path => !Exists(path)));

    [Theory]
    [InlineData("[a](nowhere.md)", "nowhere.md")]
    [InlineData("[a](README.md#no-such-heading)", "no-such-heading")]
    [InlineData("<img src=\"docs/nowhere.svg\">", "docs/nowhere.svg")]
    [InlineData("<source srcset=\"docs/nowhere.svg\">", "docs/nowhere.svg")]
    public void The_links_catch_a_planted_violation(string text, string expected) =>
        Assert.Contains(BrokenLinks("LICENSE", text), message => message.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void Every_problem_code_is_documented_once_and_no_other()
    {
        var told = Repository.Find(Repository.Text("docs/problems.md"), @"^\| `(?<name>[^`]+)`").Order(StringComparer.Ordinal);
        Assert.Equal(Codes().Order(StringComparer.Ordinal), told);
    }

    [Fact]
    public void Every_metric_is_documented_and_no_other()
    {
        Documented("docs/metrics.md", Instruments());
        Assert.Superset(
            Repository.Find(Repository.Text("docs/metrics.md"), @"^\| `(?<name>[\w.]+)`").ToHashSet(StringComparer.Ordinal),
            Instruments().ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_setting_is_documented_and_no_other()
    {
        var page = Repository.Text("docs/settings.md");
        var host = HostSettings.Names.Select(name => $"SLUICE_{name}");
        Documented("docs/settings.md", host.Concat(Options()));
        var known = host.Concat(Options().Select(option => "SLUICE_" + option)).ToHashSet(StringComparer.Ordinal);
        Repository.Empty(
            from name in Repository.Find(page, @"`(?<name>(SLUICE|GATEWAY|JOURNAL|CATALOG|JOBS|METERING|TENANTS|MAIL|WEBHOOKS|ALERTS)_[A-Z_]+)`")
            let full = name.StartsWith("SLUICE_", StringComparison.Ordinal) ? name : "SLUICE_" + name
            where !known.Contains(full) && !full.EndsWith("_FILE", StringComparison.Ordinal)
            select $"docs/settings.md tells of `{name}`, which is no setting");
    }

    [Fact]
    public void The_readers_of_the_source_find_what_is_there()
    {
        Assert.Contains("keys.limits-invalid", Codes());
        Assert.Contains("access.denied", Codes());
        Assert.Contains("api.route-unknown", Codes());
        Assert.Contains("host.internal", Codes());
        Assert.Contains("metering.span-long", Codes());
        Assert.Contains("sluice.relay.requests", Instruments());
        Assert.Contains("sluice.metering.pump.lag", Instruments());
        Assert.Contains("GATEWAY__TRUSTEDPROXIES__n", Options());
        Assert.Contains("METERING__PUMPINTERVALMS", Options());
    }

    private static void Documented(string page, IEnumerable<string> names)
    {
        var text = Repository.Text(page);
        Repository.Empty(
            from name in names.Distinct(StringComparer.Ordinal)
            where !text.Contains($"`{name}`", StringComparison.Ordinal)
            select $"{page} does not tell of `{name}`");
    }

    private static IEnumerable<string> Codes() =>
        new[] { "src/Platform", "src/Host", "src/Chains" }.SelectMany(folder => Repository.Files(folder, ".cs"))
            .SelectMany(file => ProblemCodes.In(Repository.Text(file))).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Instruments() =>
        from file in Repository.Files("src", ".cs")
        from name in Repository.Find(
            Repository.Text(file),
            @"Create(Counter|UpDownCounter|Histogram|Gauge|ObservableCounter|ObservableUpDownCounter|ObservableGauge)(<\w+>)?\(\s*""(?<name>[^""]+)""")
        select name;

    // What the host sets itself is no setting of its user.
    private static readonly string[] SetByHost =
    [
        "JOURNAL__DIRECTORY", "METERING__JOURNALSDIRECTORY", "METERING__INTERNALTOKEN",
        "TENANTS__PUBLICURL", "TENANTS__OPERATOREMAIL", "TENANTS__VIEWEREMAIL", "TENANTS__BOOTSTRAPPASSWORD",
    ];

    private static IEnumerable<string> Options() =>
        from type in new[] { typeof(GatewayOptions).Assembly, typeof(MeteringOptions).Assembly }.SelectMany(assembly => assembly.GetExportedTypes())
        where type.Name.EndsWith("Options", StringComparison.Ordinal)
        from property in type.GetProperties()
        let list = property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(System.Collections.IEnumerable))
        let name = $"{type.Name[..^"Options".Length]}__{property.Name}".ToUpperInvariant() + (list ? "__n" : "")
        where !SetByHost.Contains(name, StringComparer.Ordinal)
        select name;

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Repository.Root, "*.md").Select(file => Path.GetFileName(file))
            .Concat(new[] { "docs", "src", "tests", "bench", "config" }.SelectMany(folder => Repository.Files(folder, ".md")));

    // Between backticks, with a slash or an ending of ours, not an address or a pattern.
    private static IEnumerable<string> PathsIn(string text) =>
        from name in Repository.Find(text, @"`(?<name>[\w.][\w.\-/]*)`")
        where name.Contains('/', StringComparison.Ordinal) || Repository.Says(name, @"\.(md|cs|csproj|json|props|sql|slnx|conf|txt)$")
        select name;

    private static bool Exists(string path) => Path.Exists(Repository.Full(path));

    private static IEnumerable<string> BrokenLinks(string document, string text)
    {
        // What stands between fences is an example.
        var prose = string.Concat(text.Split("```").Where((_, place) => place % 2 == 0));
        var links = Repository.Find(prose, @"\]\((?<name>[^)\s]+)\)").Concat(Repository.Find(prose, @"(src|srcset|href)=""(?<name>[^""]+)"""));
        foreach (var link in links.Where(link => !Repository.Says(link, "^(https?|mailto):")))
        {
            var parts = link.Split('#', 2);
            var folder = Path.GetDirectoryName(document)!;
            var target = parts[0] == "" ? document : Path.GetRelativePath(".", Path.Combine(folder, parts[0])).Replace('\\', '/');
            if (!Exists(target)) yield return $"{document} links {link}, which does not exist";
            else if (parts.Length == 2 && !Anchors(Repository.Text(target)).Contains(parts[1]))
                yield return $"{document} links {link}, and there is no such heading";
        }
    }

    // Headings as the usual renderers turn them into anchors.
    private static HashSet<string> Anchors(string text) =>
    [
        .. from heading in Repository.Find(text, "^#{1,6} (?<name>.+)$")
           select string.Concat(
               from c in heading.Trim().ToLowerInvariant()
               where char.IsLetterOrDigit(c) || c is ' ' or '-' or '_'
               select c == ' ' ? '-' : c),
    ];
}
