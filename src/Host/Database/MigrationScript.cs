using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Host.Database;

/// <summary>One forward step of one room's schema.</summary>
internal sealed record MigrationScript(string Room, string Name, string Text)
{
    private const string Folder = ".Inside.Migrations.";

    /// <summary>SHA-256 of the text, lower-case hex.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>The scripts that rooms carry in an assembly, in the order of their names within each room.</summary>
    public static IReadOnlyList<MigrationScript> In(Assembly assembly)
    {
        List<MigrationScript> scripts = [];
        foreach (var resource in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            var at = resource.IndexOf(Folder, StringComparison.Ordinal);
            if (at < 0) continue;
            var room = resource[(resource.LastIndexOf('.', at - 1) + 1)..at];
            var name = Path.GetFileNameWithoutExtension(resource[(at + Folder.Length)..]);
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            scripts.Add(new MigrationScript(room, name, reader.ReadToEnd()));
        }
        return scripts;
    }
}

/// <summary>The schema and the scripts contradict each other; the message says how and what to do.</summary>
internal sealed class MigrationException(string message) : Exception(message);
