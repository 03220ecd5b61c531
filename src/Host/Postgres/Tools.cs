using System.Diagnostics;
using System.Globalization;

namespace Sluice.Host.Postgres;

/// <summary>The installed programs of PostgreSQL of one major version.</summary>
internal sealed record Tools(string Folder, int Major)
{
    public const int MajorMin = 15;

    private static readonly string[] Needed = ["initdb", "postgres", "pg_ctl", "pg_dump", "pg_restore"];

    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>
    /// Looks in PATH and where distributions put them. With <paramref name="major"/> only that version will do,
    /// because a cluster is read by the version that made it.
    /// </summary>
    public static Tools Find(int? major = null)
    {
        var found = Folders().Where(folder => Needed.All(program => File.Exists(Path.Combine(folder, program))))
            .Select(folder => new Tools(folder, MajorOf(folder))).ToList();
        var usable = found.Where(tools => major is null ? tools.Major >= MajorMin : tools.Major == major)
            .OrderByDescending(tools => tools.Major).FirstOrDefault();
        if (usable is not null) return usable;
        if (major is not null)
        {
            throw new HostFault(
                $"The private database was made by PostgreSQL {major}, which is not installed. Install postgresql-{major}, " +
                "or make a backup with it and restore that into a new data folder.");
        }
        throw new HostFault(
            $"PostgreSQL {MajorMin} or newer is not installed. Install it (apt-get install postgresql), or set SLUICE_DATABASE " +
            "to the connection string of a running one.");
    }

    private static IEnumerable<string> Folders()
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (var folder in path.Split(':', StringSplitOptions.RemoveEmptyEntries))
            yield return folder;
        foreach (var root in new[] { "/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt" })
        {
            if (!Directory.Exists(root)) continue;
            foreach (var version in Directory.GetDirectories(root)) yield return Path.Combine(version, "bin");
        }
        foreach (var version in Directory.GetDirectories("/usr", "pgsql-*")) yield return Path.Combine(version, "bin");
    }

    private static int MajorOf(string folder)
    {
        // "postgres (PostgreSQL) 15.18 (Debian …)"
        var start = new ProcessStartInfo(Path.Combine(folder, "postgres"), ["--version"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var digits = new string([.. text.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)]);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0;
    }
}
