using System.Globalization;

namespace Sluice.Load;

/// <summary>CPU time of a process and all its descendants, in clock ticks of user and of system time.</summary>
internal readonly record struct CpuTime(long UserTicks, long SystemTicks)
{
    private const double MicrosPerTick = 10_000;

    public double UserMicros => UserTicks * MicrosPerTick;

    public double SystemMicros => SystemTicks * MicrosPerTick;

    public static CpuTime operator -(CpuTime a, CpuTime b) =>
        new(a.UserTicks - b.UserTicks, a.SystemTicks - b.SystemTicks);

    public static CpuTime operator +(CpuTime a, CpuTime b) =>
        new(a.UserTicks + b.UserTicks, a.SystemTicks + b.SystemTicks);
}

/// <summary>What a process costs, read from /proc.</summary>
internal static class ProcessCost
{
    public static CpuTime Cpu(int pid)
    {
        var all = new Dictionary<int, (int Parent, CpuTime Own, CpuTime Reaped)>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id)
                && TryStat(directory, out var stat))
                all[id] = stat;
        }
        return Sum(pid, all);
    }

    /// <summary>RssAnon in megabytes; the memory that belongs to the process alone.</summary>
    public static double AnonymousResidentMegabytes(int pid)
    {
        foreach (var line in File.ReadLines($"/proc/{pid}/status"))
        {
            if (!line.StartsWith("RssAnon:", StringComparison.Ordinal)) continue;
            var kilobytes = line["RssAnon:".Length..].Trim().Split(' ')[0];
            return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
        }
        return double.NaN;
    }

    private static CpuTime Sum(int pid, Dictionary<int, (int Parent, CpuTime Own, CpuTime Reaped)> all)
    {
        if (!all.TryGetValue(pid, out var root)) return default;
        var sum = root.Own + root.Reaped;
        foreach (var (child, stat) in all)
        {
            if (stat.Parent == pid) sum += Sum(child, all);
        }
        return sum;
    }

    private static bool TryStat(string directory, out (int Parent, CpuTime Own, CpuTime Reaped) stat)
    {
        stat = default;
        try
        {
            var text = File.ReadAllText(Path.Combine(directory, "stat"));
            // The name in parentheses may hold blanks; what follows it is numbered from field 3.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            stat = (int.Parse(fields[1], CultureInfo.InvariantCulture), new(Field(11), Field(12)), new(Field(13), Field(14)));
            return true;

            long Field(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It ended between the listing and the reading.
            return false;
        }
    }
}
