using System.Text.Json;
using BenchmarkDotNet.Reports;

namespace Sluice.Bench;

/// <summary>Holds results against bench/budgets.json: bytes exactly, time as the median.</summary>
internal static class BudgetCheck
{
    public static int Run(IEnumerable<Summary> summaries)
    {
        using var budgets = JsonDocument.Parse(File.ReadAllText(Find("bench/budgets.json")));
        var journal = budgets.RootElement.GetProperty("journal");
        var missed = 0;
        var reports = summaries.SelectMany(summary => summary.Reports).ToArray();
        if (reports.Length == 0) return 2;
        foreach (var report in reports)
        {
            var name = report.BenchmarkCase.Descriptor.Type.Name;
            if (report.ResultStatistics is not { } time)
            {
                Console.WriteLine($"MISSED  {name}: no result");
                missed++;
                continue;
            }
            if (name == nameof(FoldRecords))
                missed += Check(name, "ns", time.Median, journal.GetProperty("foldNanosecondsMax").GetDouble());
            if (name != nameof(JournalAppend)) continue;
            var bytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? long.MaxValue;
            missed += Check(name, "ns", time.Median, journal.GetProperty("appendNanosecondsMax").GetDouble());
            missed += Check(name, "bytes", bytes, journal.GetProperty("appendBytesMax").GetDouble());
        }
        return missed == 0 ? 0 : 1;
    }

    private static int Check(string name, string unit, double value, double bound)
    {
        var met = value <= bound;
        Console.WriteLine($"{(met ? "met   " : "MISSED")}  {name} {value:0.###} {unit} <= {bound:0.###}");
        return met ? 0 : 1;
    }

    public static string Find(string path)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, path);
            if (File.Exists(candidate)) return candidate;
        }
        throw new FileNotFoundException($"{path} is not above {AppContext.BaseDirectory}.");
    }
}
