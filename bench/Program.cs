using System.Diagnostics;
using BenchmarkDotNet.Running;
using Sluice.Bench;

// Runs of the whole gateway are a program of their own, so that nothing of it is loaded beside what it measures.
string[] wholeGateway = ["relay", "keys", "jobs", "peers", "dev"];
if (args.Length == 0)
{
    var all = new[] { Micro([]), Whole(["relay"]), Whole(["keys"]), Whole(["jobs"]) };
    return all.Max();
}
return wholeGateway.Contains(args[0], StringComparer.Ordinal) ? Whole(args) : Micro(args);

// Words choose benchmarks by name: `journal` runs every one whose name holds it.
static int Micro(string[] words)
{
    string[] chosen = words is [['-', ..], ..] ? words
        : ["--filter", .. words.Length == 0 ? ["*"] : words.Select(word => $"*{word}*")];
    var summaries = BenchmarkSwitcher.FromAssembly(typeof(JournalAppend).Assembly).Run(chosen, new InProcess());
    return BudgetCheck.Run(summaries);
}

static int Whole(string[] words)
{
    var program = BudgetCheck.Find("bench/load/bin/Release/net10.0/Sluice.Load");
    using var load = Process.Start("setpriv", ["--pdeathsig", "TERM", "--", program, .. words]);
    load.WaitForExit();
    return load.ExitCode;
}
