using System.Xml.Linq;
using Xunit;

namespace Sluice.Unit;

/// <summary>
/// The one architecture test. It reads source text, so it needs no package and its message names the file.
/// A room is a folder under src/Platform: files at its top are the door, files under Inside are private.
/// </summary>
public sealed class HouseRules
{
    private const int FileLinesMax = 400;
    private const int KernelFilesMax = 40;

    // Rooms whose doors every room may open.
    private static readonly string[] OpenToAll = ["Api", "Audit", "Jobs"];

    // Who may open whose door besides. A new arrow is an architectural decision: write the ADR with it.
    private static readonly Dictionary<string, string[]> Doors = new(StringComparer.Ordinal)
    {
        ["Api"] = [],
        ["Audit"] = [],
        ["Jobs"] = [],
        ["Tenants"] = [],
        ["Catalog"] = [],
        ["Ledger"] = [],
        ["Notices"] = ["Tenants"],
        ["Keys"] = ["Tenants", "Catalog"],
        ["Metering"] = ["Keys", "Catalog", "Ledger"],
        ["Payments"] = ["Tenants", "Keys", "Catalog", "Ledger", "Metering", "Notices"],
        ["Billing"] = ["Tenants", "Keys", "Catalog", "Ledger", "Metering", "Payments", "Notices"],
        ["Market"] = ["Tenants", "Catalog", "Ledger", "Metering", "Billing", "Notices"],
        ["Media"] = ["Tenants", "Catalog", "Ledger", "Metering", "Billing", "Notices"],
    };

    // Which project may reference which. What is not listed is forbidden.
    private static readonly Dictionary<string, string[]> Walls = new(StringComparer.Ordinal)
    {
        ["Kernel"] = [],
        ["Chains"] = ["Kernel"],
        ["Platform"] = ["Kernel", "Chains"],
        ["Gateway"] = ["Kernel", "Chains"],
        ["Client"] = ["Kernel", "Chains"],
        ["NodeAgent"] = ["Kernel"],
        ["Host"] = ["Kernel", "Chains", "Platform", "Gateway", "Client"],
    };

    private static readonly string[] WithoutPackages = ["Kernel", "Chains"];
    private static readonly string[] MaySeeInternals = ["Sluice.Unit", "Sluice.Integration", "Sluice.Bench"];

    private static readonly (string Pattern, string Instead)[] Banned =
    [
        (@"\bDateTime(Offset)?\.(Utc)?Now\b", "take the time from TimeProvider"),
        (@"\bGuid\.NewGuid\b", "ids are Guid.CreateVersion7"),
        (@"\basync void\b", "return Task"),
        (@"#region|#nullable disable", "split the file or fix the nulls"),
        (@"catch\s*(\([^)]*\))?\s*(when\s*\([^{]*\)\s*)?\{\s*\}", "say why this failure may be ignored"),
        (@"global using (static )?(Sluice\.)?Platform\.", "no global using of a room: the door must be visible in the file"),
        (@"//\s*(TODO|FIXME|HACK|XXX)\b", "do it, or say in a sentence what is missing and why"),
    ];

    private static readonly (string Pattern, string Instead)[] BannedInProduct =
    [
        (@"\.GetAwaiter\(\)\s*\.GetResult\(\)", "await it"),
        (@"#pragma warning disable", "follow the rule, or turn it off for all in .editorconfig"),
    ];

    // The steps run once a call, by the hundred thousand a second.
    private static readonly (string Pattern, string Instead)[] BannedInSteps =
    [
        (@"\block\s*\(|\bMonitor\.Enter\b|\bLock\b", "no lock on the hot path"),
        (@"\.(Select|SelectMany|Where|Any|First|FirstOrDefault|Single|SingleOrDefault|Last|LastOrDefault|ToList|ToDictionary|OrderBy|OrderByDescending|GroupBy|Sum|Aggregate|Concat|Zip|Distinct|Cast|OfType)(<[^>]*>)?\(",
            "no LINQ on the hot path"),
        (@"\bFile\.|\bNpgsql\b|\bHttpClient\b", "no file and no database on the hot path"),
        (@"\bthrow new (?!ArgumentOutOfRangeException|System\.Diagnostics\.UnreachableException|UnreachableException)",
            "no exception for control flow on the hot path"),
    ];

    [Fact]
    public void Source_keeps_the_house_rules() =>
        Repository.Empty(Sources("src").SelectMany(s => Check(s.Path, s.Text)));

    [Fact]
    public void Tests_and_benchmarks_keep_their_rules() =>
        Repository.Empty(Sources("tests", "bench").Where(s => s.Path != "tests/Unit/HouseRules.cs").SelectMany(s => CheckAround(s.Path, s.Text)));

    [Fact]
    public void Projects_keep_the_walls() => Repository.Empty(
        from file in Repository.Files("src", ".csproj")
        from broken in CheckProject(Path.GetFileNameWithoutExtension(file), XDocument.Load(Repository.Full(file)))
        select broken);

    [Fact]
    public void Every_room_has_a_place_among_the_doors()
    {
        var rooms = Repository.Rooms();
        Assert.Superset(rooms.ToHashSet(StringComparer.Ordinal), Doors.Keys.ToHashSet(StringComparer.Ordinal));
        Assert.All(Doors, door => Assert.All(door.Value, other => Assert.Contains(other, Doors.Keys)));
    }

    [Fact]
    public void Every_room_says_what_it_is_and_how_it_is_wired() => Repository.Empty(
        Repository.Rooms().SelectMany(room => CheckRoom(room, Repository.Files($"src/Platform/{room}", ""))));

    [Fact]
    public void The_doors_form_no_circle() => Assert.Empty(Circle(Doors));

    [Fact]
    public void Kernel_stays_small() => Assert.InRange(Repository.Files("src/Kernel", ".cs").Count(), 1, KernelFilesMax);

    // A rule that never fired proves nothing: each one is fed a planted violation.
    [Theory]
    [InlineData("src/Platform/Ledger/Inside/X.cs", "namespace Sluice.Platform.Ledger.Inside;\nusing Sluice.Platform.Payments;", "opens Payments")]
    [InlineData("src/Platform/Ledger/Inside/X.cs", "namespace Sluice.Platform.Ledger.Inside;\nclass A { Payments.IPayments? p; }", "opens Payments")]
    [InlineData("src/Platform/Ledger/Inside/X.cs", "namespace Sluice.Platform.Ledger.Inside;\nusing P = Sluice.Platform.Payments.IPayments;", "opens Payments")]
    [InlineData("src/Platform/Sql.cs", "namespace Sluice.Platform;\nusing Sluice.Platform.Keys;", "opens Keys")]
    [InlineData("src/Platform/Payments/Inside/X.cs", "namespace Sluice.Platform.Payments.Inside;\nusing Sluice.Platform.Ledger.Inside;", "reaches inside Ledger")]
    [InlineData("src/Platform/Payments/Inside/X.cs", "namespace Sluice.Platform.Payments.Inside;\nclass A { Ledger.Inside.Book? b; }", "reaches inside Ledger")]
    [InlineData("src/Host/Portal/X.razor", "@using Sluice.Platform.Ledger.Inside", "reaches inside Ledger")]
    [InlineData("src/Host/Serving/X.cs", "namespace Sluice.Host.Serving;\nusing static Sluice.Platform.Keys.Inside.KeyBook;", "reaches inside Keys")]
    [InlineData("src/Platform/Usings.cs", "global using Sluice.Platform.Ledger;", "global using")]
    [InlineData("src/Gateway/Steps/X.cs", "namespace Sluice.Gateway.Steps;\nusing Sluice.Platform.Keys;", "knows the platform")]
    [InlineData("src/Platform/Ledger/Inside/X.cs", "namespace Sluice.Platform.Ledger;", "namespace must be")]
    [InlineData("src/Kernel/Journal/X.cs", "namespace Sluice.Kernel;", "namespace must be")]
    [InlineData("src/Platform/Ledger/Inside/X.cs", "namespace Sluice.Platform.Ledger.Inside;\n\npublic sealed class X;", "public inside a room")]
    [InlineData("src/Platform/Ledger/Inside/X.cs", "namespace Sluice.Platform.Ledger.Inside;\nvar t = DateTime.UtcNow;", "TimeProvider")]
    [InlineData("src/Platform/Ledger/Inside/X.cs", "namespace Sluice.Platform.Ledger.Inside;\nvar t = Guid.NewGuid();", "CreateVersion7")]
    [InlineData("src/Host/X.cs", "namespace Sluice.Host;\nasync void Go() { }", "return Task")]
    [InlineData("src/Host/X.cs", "namespace Sluice.Host;\n#pragma warning disable CA1000", ".editorconfig")]
    [InlineData("src/Host/X.cs", "namespace Sluice.Host;\ntry { A(); } catch (IOException) { }", "may be ignored")]
    [InlineData("src/Host/X.cs", "namespace Sluice.Host;\ntry { A(); } catch (IOException e) when (e.HResult == 1) { }", "may be ignored")]
    [InlineData("src/Host/X.cs", "namespace Sluice.Host;\nA().GetAwaiter().GetResult();", "await it")]
    [InlineData("src/Host/X.cs", "namespace Sluice.Host;\n// TODO later", "what is missing")]
    [InlineData("src/Platform/Ledger/Inside/FeeHelper.cs", "namespace Sluice.Platform.Ledger.Inside;", "names nothing")]
    [InlineData("src/Gateway/UpstreamManager.cs", "namespace Sluice.Gateway;", "names nothing")]
    [InlineData("src/Gateway/Steps/X.cs", "namespace Sluice.Gateway.Steps;\nvar a = b.Where(c => c > 1);", "no LINQ")]
    [InlineData("src/Gateway/Steps/X.cs", "namespace Sluice.Gateway.Steps;\nlock (_gate) { }", "no lock")]
    [InlineData("src/Gateway/Steps/X.cs", "namespace Sluice.Gateway.Steps;\nthrow new InvalidOperationException();", "no exception")]
    [InlineData("src/Gateway/Steps/X.cs", "namespace Sluice.Gateway.Steps;\nFile.ReadAllText(a);", "no file")]
    [InlineData("src/Host/X.cs", "namespace Sluice.Host;\nreturn Refusal.NotFound(\"keys.app_unknown\", \"None.\");", "code keys.app_unknown")]
    [InlineData("src/Host/X.cs", "namespace Sluice.Host;\nreturn Problem(http, 415, \"request.mediaType\", \"None.\");", "code request.mediaType")]
    [InlineData("src/Gateway/X.cs", "namespace Sluice.Gateway;\nGatewayError A = new(\"limit\", 429, -32005, \"None.\");", "code limit")]
    public void The_rules_catch_a_planted_violation(string path, string text, string expected) =>
        Assert.Contains(Check(path, text), message => message.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void The_rules_catch_a_file_that_is_too_long() => Assert.Contains(
        Check("src/Host/X.cs", "namespace Sluice.Host;\n" + new string('\n', FileLinesMax)),
        message => message.Contains("split it by subject", StringComparison.Ordinal));

    [Theory]
    [InlineData("tests/Unit/Kernel/X.cs", "namespace Sluice.Unit;", "namespace must be")]
    [InlineData("tests/Integration/X.cs", "namespace Sluice.Integration;\n[Fact] async void A() { }", "return Task")]
    [InlineData("tests/Integration/TestHelpers.cs", "namespace Sluice.Integration;", "names nothing")]
    [InlineData("tests/Unit/X.cs", "namespace Sluice.Unit;\nThread.Sleep(100);", "poll a condition")]
    public void The_rules_of_tests_catch_a_planted_violation(string path, string text, string expected) =>
        Assert.Contains(CheckAround(path, text), message => message.Contains(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("Gateway", """<ProjectReference Include="../Platform/Platform.csproj" />""", "may not reference Platform")]
    [InlineData("Platform", """<ProjectReference Include="..\Gateway\Gateway.csproj" />""", "may not reference Gateway")]
    [InlineData("Newcomer", """<ProjectReference Include="../Kernel/Kernel.csproj" />""", "may not reference Kernel")]
    [InlineData("Kernel", """<PackageReference Include="Npgsql" />""", "takes no package")]
    [InlineData("Chains", """<FrameworkReference Include="Microsoft.AspNetCore.App" />""", "takes no package")]
    [InlineData("Platform", """<InternalsVisibleTo Include="sluice" />""", "shows its internals")]
    public void The_walls_catch_a_planted_violation(string project, string item, string expected) => Assert.Contains(
        CheckProject(project, XDocument.Parse($"<Project><ItemGroup>{item}</ItemGroup></Project>")),
        message => message.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void The_doors_catch_a_planted_circle() => Assert.Equal(
        ["A", "B"],
        Circle(new(StringComparer.Ordinal) { ["A"] = ["B"], ["B"] = ["C", "A"], ["C"] = [] }).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("README.md", "no README.md")]
    [InlineData("LedgerModule.cs", "no LedgerModule.cs")]
    public void A_room_without_its_door_is_caught(string missing, string expected)
    {
        string[] whole = ["README.md", "LedgerModule.cs", "Inside/Book.cs"];
        var files = whole.Where(file => file != missing).Select(file => $"src/Platform/Ledger/{file}");
        Assert.Contains(CheckRoom("Ledger", files), message => message.Contains(expected, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Check(string path, string text)
    {
        foreach (var broken in CheckEverywhere(path, text)) yield return broken;
        foreach (var (pattern, instead) in BannedInProduct)
            if (Repository.Says(text, pattern)) yield return $"{path}: {instead}";
        foreach (var code in ProblemCodes.Misspelt(text))
            yield return $"{path}: the code {code} is spelt subject.words-joined-so, in lower case";
        if (path.StartsWith("src/Gateway/Steps/", StringComparison.Ordinal))
            foreach (var (pattern, instead) in BannedInSteps)
                if (Repository.Says(text, pattern)) yield return $"{path}: {instead}";
        if (path.StartsWith("src/Gateway/", StringComparison.Ordinal) && text.Contains("Sluice.Platform", StringComparison.Ordinal))
            yield return $"{path}: knows the platform; ask through an interface of the gateway's own, which Host wires";

        var parts = path.Split('/');
        var inPlatform = parts is ["src", "Platform", _, ..];
        var room = inPlatform && parts.Length > 3 ? parts[2] : "";
        var allowed = room == "" ? [] : OpenToAll.Concat(Doors.GetValueOrDefault(room, []));
        foreach (var other in Doors.Keys.Where(r => r != room))
        {
            if (Repository.Says(text, $@"\b{other}\.Inside\b"))
                yield return $"{path}: reaches inside {other}";
            else if (inPlatform && !allowed.Contains(other, StringComparer.Ordinal)
                && Repository.Says(text, $@"\bPlatform\.{other}\b|(?<![\w.""/]){other}\.[A-Z]"))
                yield return $"{path}: opens {other} without an arrow in Doors";
        }
        if (room != "" && parts[3] == "Inside" && Repository.Says(text, @"^public "))
            yield return $"{path}: public inside a room";
    }

    private static IEnumerable<string> CheckAround(string path, string text) => path.Contains("tests/", StringComparison.Ordinal)
        && Repository.Says(text, @"\bThread\.Sleep\(")
        ? CheckEverywhere(path, text).Append($"{path}: poll a condition with a deadline instead of sleeping")
        : CheckEverywhere(path, text);

    private static IEnumerable<string> CheckEverywhere(string path, string text)
    {
        foreach (var (pattern, instead) in Banned)
            if (Repository.Says(text, pattern)) yield return $"{path}: {instead}";
        if (Repository.Says(path, @"(Manager|Helpers?|Utils?|Utilities|Common|Misc)\.(cs|razor)$"))
            yield return $"{path}: the file name names nothing";
        var lines = text.Count(c => c == '\n');
        if (lines > FileLinesMax) yield return $"{path}: {lines} lines, at most {FileLinesMax}; split it by subject";
        if (!path.EndsWith(".cs", StringComparison.Ordinal) || path.StartsWith("bench/", StringComparison.Ordinal)) yield break;
        // Top-level statements (Program.cs) have none.
        var found = Repository.Find(text, @"^namespace (?<name>[\w.]+)").FirstOrDefault();
        var expected = "Sluice." + string.Join('.', path.Split('/')[1..^1]);
        if (found is not null && found != expected) yield return $"{path}: namespace must be {expected}";
    }

    private static IEnumerable<string> CheckProject(string name, XDocument project)
    {
        foreach (var reference in Included(project, "ProjectReference"))
        {
            var target = Path.GetFileNameWithoutExtension(reference.Replace('\\', '/'));
            if (!Walls.GetValueOrDefault(name, []).Contains(target, StringComparer.Ordinal))
                yield return $"{name} may not reference {target}";
        }
        if (WithoutPackages.Contains(name, StringComparer.Ordinal))
            foreach (var package in Included(project, "PackageReference").Concat(Included(project, "FrameworkReference")))
                yield return $"{name} takes no package, and {package} is one";
        foreach (var other in Included(project, "InternalsVisibleTo"))
            if (!MaySeeInternals.Contains(other, StringComparer.Ordinal)) yield return $"{name} shows its internals to {other}";
    }

    private static IEnumerable<string> Included(XDocument project, string item) =>
        project.Descendants(item).Select(element => element.Attribute("Include")!.Value);

    private static IEnumerable<string> CheckRoom(string room, IEnumerable<string> files)
    {
        var all = files.ToHashSet(StringComparer.Ordinal);
        // A room begins as its door; what it is and how it is wired is due with its first private file.
        if (!all.Any(file => file.Contains("/Inside/", StringComparison.Ordinal))) yield break;
        foreach (var due in new[] { "README.md", $"{room}Module.cs" })
            if (!all.Contains($"src/Platform/{room}/{due}")) yield return $"{room} has no {due}";
    }

    private static Dictionary<string, string[]>.KeyCollection Circle(Dictionary<string, string[]> doors)
    {
        var left = doors.ToDictionary(d => d.Key, d => d.Value, StringComparer.Ordinal);
        while (left.Where(d => !d.Value.Any(left.ContainsKey)).Select(d => d.Key).ToList() is { Count: > 0 } free)
            free.ForEach(room => left.Remove(room));
        return left.Keys;
    }

    private static IEnumerable<(string Path, string Text)> Sources(params string[] folders) =>
        from folder in folders
        from file in Repository.Files(folder, ".cs").Concat(Repository.Files(folder, ".razor"))
        select (file, Repository.Text(file));
}
