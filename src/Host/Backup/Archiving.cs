using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;
using Sluice.Host.Cli;
using Sluice.Host.Postgres;

namespace Sluice.Host.Backup;

/// <summary>
/// Writes an archive while the gateway may go on. The database is saved first: what is recorded after that stands in the
/// journals, which are copied next, and is folded again when a restored installation starts.
/// </summary>
internal static class Archiving
{
    public static async Task<Manifest> Write(LocalDatabase local, string target, CancellationToken ct)
    {
        if (File.Exists(target)) throw new HostFault($"{target} exists already: name a new file.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        // Beside the target, so that the disk it fills is the one that was chosen.
        var work = Directory.CreateDirectory(target + ".parts", DataFolder.Private).FullName;
        try
        {
            var dump = Path.Combine(work, Manifest.DatabaseEntry);
            var tools = await ToolsFor(local, ct);
            await PostgresClient.Run(
                "pg_dump", local.ConnectionString, tools,
                ["--format=custom", "--no-owner", "--no-privileges", "--file", dump], ct);
            List<(string Name, string Path)> sources = [(Manifest.DatabaseEntry, dump)];
            // Copied, because a live segment changes between its checksum and its place in the archive.
            sources.AddRange(await Copy(local.Settings.JournalsDirectory, "journal", work, ct));
            sources.AddRange(await Copy(local.Settings.KeyRingDirectory, "keys", work, ct));
            var files = new List<SavedFile>();
            foreach (var (name, path) in sources)
                files.Add(new SavedFile(name, new FileInfo(path).Length, await Sha256(path, ct)));
            var version = typeof(Archiving).Assembly.GetName().Version?.ToString(3) ?? "";
            var manifest = new Manifest(Manifest.FormatNow, version, TimeProvider.System.GetUtcNow(), tools.Major, files);
            await Pack(target, manifest, sources, ct);
            return manifest;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    public static async Task<Tools> ToolsFor(LocalDatabase local, CancellationToken ct)
    {
        if (local.Cluster is { } cluster) return cluster.Tools;
        await using var connection = await local.Source.OpenConnectionAsync(ct);
        var tools = Tools.Find();
        return tools.Major >= connection.PostgreSqlVersion.Major
            ? tools
            : throw new HostFault(
                $"The database is PostgreSQL {connection.PostgreSqlVersion.Major}: install "
                    + $"postgresql-client-{connection.PostgreSqlVersion.Major} or newer here.");
    }

    public static async Task<string> Sha256(string path, CancellationToken ct)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct));
    }

    private static async Task<List<(string Name, string Path)>> Copy(
        string folder, string prefix, string work, CancellationToken ct)
    {
        List<(string, string)> copied = [];
        if (!Directory.Exists(folder)) return copied;
        var paths = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);
        foreach (var path in paths.Order(StringComparer.Ordinal).ToList())
        {
            var name = $"{prefix}/{Path.GetRelativePath(folder, path).Replace('\\', '/')}";
            var copy = Path.Combine(work, name);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            try
            {
                // The owner's lock is only advice to us: a reader may look at what is being written.
                await using var from = new FileStream(Posix.OpenToRead(path), FileAccess.Read);
                await using var to = File.Create(copy);
                await from.CopyToAsync(to, ct);
                copied.Add((name, copy));
            }
            catch (FileNotFoundException)
            {
                // Archived in the meantime: folded long ago.
            }
        }
        return copied;
    }

    private static async Task Pack(
        string target, Manifest manifest, List<(string Name, string Path)> sources, CancellationToken ct)
    {
        var unfinished = target + ".new";
        await using (var file = new FileStream(unfinished, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            await using (var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
            await using (var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true))
            {
                using var head = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, JsonSerializerOptions.Web));
                await tar.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.RegularFile, Manifest.EntryName) { DataStream = head }, ct);
                foreach (var (name, path) in sources)
                {
                    await using var data = File.OpenRead(path);
                    await tar.WriteEntryAsync(
                        new PaxTarEntry(TarEntryType.RegularFile, name)
                        {
                            DataStream = data,
                            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                        },
                        ct);
                }
            }
            file.Flush(flushToDisk: true);
        }
        File.Move(unfinished, target);
    }
}
