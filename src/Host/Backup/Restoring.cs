using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Npgsql;
using Sluice.Host.Cli;
using Sluice.Kernel;

namespace Sluice.Host.Backup;

/// <summary>Brings an archive back. It is unpacked and checked as a whole before anything is changed.</summary>
internal static class Restoring
{
    private const long ManifestBytesMax = 16 * 1024 * 1024;

    public static async Task<Manifest> Read(LocalDatabase local, string source, bool force, CancellationToken ct)
    {
        if (local.Cluster is { } cluster && await cluster.IsShared(ct))
            throw new HostFault("A gateway or another command works on this data folder: stop it first.");
        var work = Directory.CreateDirectory(
            Path.Combine(local.Settings.DataDirectory, $"restore-{TimeProvider.System.GetUtcNow():yyyyMMddHHmmss}"),
            DataFolder.Private).FullName;
        try
        {
            var manifest = await Unpack(source, work, ct);
            await CheckTarget(local, force, ct);
            await RestoreDatabase(local, Path.Combine(work, Manifest.DatabaseEntry), force, ct);
            Replace(Path.Combine(work, "journal"), local.Settings.JournalsDirectory);
            Replace(Path.Combine(work, "keys"), local.Settings.KeyRingDirectory);
            return manifest;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<Manifest> Unpack(string source, string work, CancellationToken ct)
    {
        try
        {
            await using var file = File.OpenRead(source);
            await using var gzip = new GZipStream(file, CompressionMode.Decompress);
            await using var tar = new TarReader(gzip);
            var first = await tar.GetNextEntryAsync(copyData: false, ct);
            if (first?.Name != Manifest.EntryName || first.DataStream is null || first.Length > ManifestBytesMax)
                throw NoBackup(source);
            var manifest = await JsonSerializer.DeserializeAsync<Manifest>(first.DataStream, JsonSerializerOptions.Web, ct)
                ?? throw NoBackup(source);
            if (manifest.Format != Manifest.FormatNow)
                throw new HostFault($"{source} has format {manifest.Format}; this version reads format {Manifest.FormatNow}.");
            var expected = manifest.Files.ToDictionary(saved => saved.Name, StringComparer.Ordinal);
            while (await tar.GetNextEntryAsync(copyData: false, ct) is { } entry) await Take(entry, expected, work, ct);
            if (expected.Count > 0 || manifest.Files.All(saved => saved.Name != Manifest.DatabaseEntry))
                throw new HostFault($"{source} is cut short: {expected.Count} files are missing. Nothing was changed.");
            return manifest;
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or EndOfStreamException or FormatException)
        {
            throw new HostFault($"{source} is damaged: {error.Message} Nothing was changed.");
        }
    }

    private static async Task Take(TarEntry entry, Dictionary<string, SavedFile> expected, string work, CancellationToken ct)
    {
        // Names come from a file that anybody may have made: only those that we write ourselves are taken.
        if (!expected.Remove(entry.Name, out var saved) || entry.EntryType != TarEntryType.RegularFile || !IsOurs(entry.Name))
            throw new InvalidDataException($"'{entry.Name}' does not belong into a backup.");
        var path = Path.Combine(work, entry.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, DataFolder.Private);
        await using (var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            if (entry.DataStream is { } data) await data.CopyToAsync(file, ct);
        }
        if (await Archiving.Sha256(path, ct) != saved.Sha256)
            throw new InvalidDataException($"'{entry.Name}' has another checksum than when it was saved.");
    }

    private static bool IsOurs(string name) =>
        name == Manifest.DatabaseEntry
        || ((name.StartsWith("journal/", StringComparison.Ordinal) || name.StartsWith("keys/", StringComparison.Ordinal))
            && name.Split('/').All(part => part is not ("" or "." or "..")));

    private static async Task CheckTarget(LocalDatabase local, bool force, CancellationToken ct)
    {
        List<string> full = [];
        if ((await Schemas(local, ct)).Count > 0) full.Add("The database has tables already.");
        if (HasFiles(local.Settings.JournalsDirectory)) full.Add($"{local.Settings.JournalsDirectory} has journals already.");
        if (full.Count > 0 && !force)
            throw new HostFault("This installation is not empty. Restore into an empty one, or replace it with --force.", full);
    }

    private static async Task RestoreDatabase(LocalDatabase local, string dump, bool force, CancellationToken ct)
    {
        if (force)
        {
            await using var connection = await local.Source.OpenConnectionAsync(ct);
            foreach (var schema in await Schemas(local, ct))
            {
                await using var drop = new NpgsqlCommand(
                    $"drop schema \"{schema.Replace("\"", "\"\"", StringComparison.Ordinal)}\" cascade", connection);
                await drop.ExecuteNonQueryAsync(ct);
            }
        }
        var tools = await Archiving.ToolsFor(local, ct);
        var name = new NpgsqlConnectionStringBuilder(local.ConnectionString).Database!;
        await PostgresClient.Run("pg_restore", local.ConnectionString, tools,
            ["--dbname", name, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", dump], ct);
    }

    private static async Task<List<string>> Schemas(LocalDatabase local, CancellationToken ct)
    {
        await using var connection = await local.Source.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select nspname from pg_namespace
            where nspname !~ '^pg_' and nspname not in ('information_schema', 'public') order by 1
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<string> schemas = [];
        while (await reader.ReadAsync(ct)) schemas.Add(reader.GetString(0));
        return schemas;
    }

    private static void Replace(string restored, string place)
    {
        if (Directory.Exists(restored)) FileOwner.Of(place)?.GiveAll(restored);
        if (Directory.Exists(place))
        {
            if (HasFiles(place)) Directory.Move(place, $"{place}.before-{TimeProvider.System.GetUtcNow():yyyyMMddHHmmss}");
            else Directory.Delete(place, recursive: true);
        }
        if (Directory.Exists(restored)) Directory.Move(restored, place);
    }

    private static bool HasFiles(string folder) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any();

    private static HostFault NoBackup(string source) => new($"{source} is no backup of sluice.");
}
