using System.Globalization;
using System.Text;

namespace Sluice.Host.Postgres;

/// <summary>
/// What a cluster's <c>postmaster.pid</c> says, checked against the processes that run: after a crash the number in it
/// may belong to nobody, or to another program.
/// </summary>
internal static class Postmaster
{
    private const string PidFile = "postmaster.pid";

    /// <summary>The server's process id; null when it does not run.</summary>
    public static int? Running(string cluster)
    {
        try
        {
            var first = File.ReadLines(Path.Combine(cluster, PidFile)).FirstOrDefault();
            if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var processId)) return null;
            return Serves(processId, cluster) ? processId : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Removes what a killed server left behind. Called only when <see cref="Running"/> said null.</summary>
    public static void RemoveStale(string cluster, string sockets)
    {
        File.Delete(Path.Combine(cluster, PidFile));
        if (!Directory.Exists(sockets)) return;
        foreach (var leftover in Directory.GetFiles(sockets, ".s.PGSQL.*")) File.Delete(leftover);
    }

    private static bool Serves(int processId, string cluster)
    {
        try
        {
            var words = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{processId}/cmdline")).Split('\0');
            if (Path.GetFileName(words[0]) is not "postgres") return false;
            var at = Array.IndexOf(words, "-D");
            return at >= 0 && at + 1 < words.Length && words[at + 1] == cluster;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
