using System.Runtime.InteropServices;
using Sluice.Integration.Processes;

namespace Sluice.Load;

/// <summary>What was measured on what.</summary>
internal sealed record Machine(
    string Commit, bool Dirty, string Processor, int Cores, long MemoryMegabytes, string Kernel, string Runtime,
    DateTimeOffset At)
{
    public static async Task<Machine> Describe() => new(
        (await Git("rev-parse", "HEAD")).Trim(),
        (await Git("status", "--porcelain")).Trim().Length > 0,
        After("/proc/cpuinfo", "model name"),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024),
        (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim(),
        RuntimeInformation.FrameworkDescription,
        TimeProvider.System.GetUtcNow());

    private static async Task<string> Git(params string[] arguments)
    {
        try
        {
            return await ChildProcess.Run(
                new ChildCommand("git", ["-C", Repository.Root, .. arguments]), TimeSpan.FromSeconds(10));
        }
        catch (InvalidOperationException)
        {
            // A source tarball has no history.
            return "unknown";
        }
    }

    private static string After(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
            ?.Split(':', 2)[1].Trim() ?? "unknown";
}
