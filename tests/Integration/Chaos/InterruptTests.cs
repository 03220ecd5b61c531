using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Kernel.Journal;
using Xunit;

namespace Sluice.Integration.Chaos;

/// <summary>Ctrl-C in a terminal: SIGINT to the whole foreground group of a demo with all its processes, under load.</summary>
public sealed partial class InterruptTests
{
    private const string Mark = "SLUICE_TEST_INTERRUPT";

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Interrupted_under_load_it_answers_what_it_took_loses_nothing_and_leaves_nothing(int times)
    {
        Assert.SkipWhen(AnvilNode.Executable is null, "anvil is not installed");
        var mark = $"{Guid.CreateVersion7():N}";
        await using var sluice = await SluiceProcess.Start(Options(mark));
        var key = await Key(sluice);
        await PutOnOperatorPlan(sluice);
        Assert.True(Marked(mark).Count >= 3, "The gateway, its database and the chain run.");
        await using var load = new Load(sluice.Port, new LoadPlan(16, [DemoCall(key)], 7) { Pause = TimeSpan.FromMilliseconds(5) });
        await Until.True(() => load.Good > 200, "calls are answered", TimeSpan.FromSeconds(30));

        for (var i = 0; i < times; i++) await Interrupt(sluice);
        Assert.Equal(0, await sluice.Child.WaitForExit(TimeSpan.FromSeconds(60)));
        await load.Stop();

        Assert.Empty(Marked(mark));
        Assert.Empty(Leftovers(sluice.Data));
        // 429 until the wide plan is known.
        Assert.DoesNotContain(load.Answers, answer => answer is not ({ Status: 200, HasError: false } or { Status: 429 }));
        var records = Books.Records(Path.Combine(sluice.Data, "journal")).Where(r => r.Record.Outcome != Outcome.Refused).ToList();
        var answers = load.Answers.Count(answer => answer.Status == 200);
        Assert.Equal(answers, records.Count);
        Reckoning.AnswersAreRecords(records, load);

        await sluice.Up();
        var doctor = await sluice.VerbJson("doctor");
        Assert.True(doctor.GetProperty("healthy").GetBoolean(), doctor.ToString());
        Assert.Equal(answers, Checked(doctor).GetProperty("records").GetInt64() - Refusals(sluice));
        var usage = await sluice.VerbJson("usage", "show", "--by", "total", "--group", "status");
        Assert.Equal(answers, usage.GetProperty("data").EnumerateArray()
            .Where(row => row.GetProperty("statusClass").GetInt32() == 2).Sum(row => row.GetProperty("calls").GetInt64()));
    }

    private static SluiceOptions Options(string mark) => new()
    {
        OwnSession = true,
        Arguments = ["--demo"],
        Environment = new Dictionary<string, string?>
        {
            [Mark] = mark,
            ["SLUICE_DEMO_ANVIL"] = AnvilNode.Executable,
            ["SLUICE_LOG_LEVEL"] = "warning",
            ["SLUICE_DEMO_CALL_SECONDS"] = "0",
        },
    };

    // To the group: all that a terminal would reach, however deep.
    private static Task<string> Interrupt(SluiceProcess sluice) => ChildProcess.Run(
        new ChildCommand("kill", "-INT", "--", string.Create(CultureInfo.InvariantCulture, $"-{sluice.Pid}")), TimeSpan.FromSeconds(5));

    private static async Task PutOnOperatorPlan(SluiceProcess sluice)
    {
        using var file = new TemporaryDirectory("plan");
        await File.WriteAllTextAsync(file["plan.json"], """
            {"plans": [{"name": "wide", "title": "Wide", "services": ["*"], "appsMax": 10, "keysMax": 10,
              "limits": {"requestsPerSecond": 100000, "unitsPerSecond": 10000000, "dailyUnits": 100000000, "monthlyUnits": null, "cap": "hard"}}]}
            """);
        await sluice.Verb("plan", "import", file["plan.json"]);
        await sluice.Verb("plan", "assign", "Demo", "wide");
    }

    private static async Task<string> Key(SluiceProcess sluice)
    {
        await Until.True(() => Line().IsMatch(sluice.Output), "the line is printed", TimeSpan.FromSeconds(30));
        return Line().Match(sluice.Output).Groups["key"].Value;
    }

    private static Call DemoCall(string key)
    {
        const string body = """{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}""";
        return new Call(
            Encoding.ASCII.GetBytes(
                $"POST /v1/devnet HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"),
            1);
    }

    private static JsonElement Checked(JsonElement doctor) => doctor.GetProperty("checks").EnumerateArray()
        .Single(check => check.GetProperty("check").GetString() == "books").GetProperty("details");

    private static long Refusals(SluiceProcess sluice) =>
        Books.Records(Path.Combine(sluice.Data, "journal")).Count(r => r.Record.Outcome == Outcome.Refused);

    /// <summary>Every process that inherited the run's mark.</summary>
    private static List<string> Marked(string mark)
    {
        List<string> found = [];
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process)) continue;
            try
            {
                if (!File.ReadAllText(Path.Combine(folder, "environ")).Contains($"{Mark}={mark}", StringComparison.Ordinal)) continue;
                if (ChildProcess.IsAlive(process)) found.Add(File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' '));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // Ended while we looked, or another user's, which none of ours is to root.
            }
        }
        return found;
    }

    // Sockets, and files that say that something runs.
    private static List<string> Leftovers(string data) =>
    [
        .. Directory.EnumerateFileSystemEntries(data, "*", SearchOption.AllDirectories).Where(path =>
            Path.GetFileName(path) is "postmaster.pid" or "chain.url" || Path.GetFileName(path).StartsWith(".s.PGSQL", StringComparison.Ordinal)),
    ];

    [GeneratedRegex("^curl \\S+/v1/devnet -H 'Authorization: Bearer (?<key>slc_sk_[0-9A-Za-z]+)'", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
