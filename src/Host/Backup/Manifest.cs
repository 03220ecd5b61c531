namespace Sluice.Host.Backup;

/// <summary>What an archive holds: its first entry, <c>manifest.json</c>.</summary>
internal sealed record Manifest(int Format, string Version, DateTimeOffset At, int PostgresMajor, IReadOnlyList<SavedFile> Files)
{
    public const int FormatNow = 1;
    public const string EntryName = "manifest.json";
    public const string DatabaseEntry = "database.dump";
}

/// <param name="Name">Path in the archive, with forward slashes.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record SavedFile(string Name, long Bytes, string Sha256);
