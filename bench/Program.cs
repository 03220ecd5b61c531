using BenchmarkDotNet.Running;
using Sluice.Bench;

// Words choose benchmarks by name: `journal` runs every one whose name holds it.
var filters = args.Length == 0 ? ["*"] : args.Select(word => word.StartsWith('-') ? word : $"*{word}*").ToArray();
string[] chosen = args.Any(word => word.StartsWith('-')) ? args : ["--filter", .. filters];
var summaries = BenchmarkSwitcher.FromAssembly(typeof(JournalAppend).Assembly).Run(chosen, new InProcess());
return BudgetCheck.Run(summaries);
