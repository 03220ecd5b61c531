using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Sluice.Platform.Tenants.Inside.Data.Exports;

/// <summary>
/// Packs what all rooms keep of an organization or a person into a ZIP archive: a file of JSON lines for each list, and one that
/// says what is in them.
/// </summary>
internal sealed class ExportArchive(IEnumerable<IExportSource> sources, TimeProvider time)
{
    /// <summary>Writes the archive; throws <see cref="ExportTooLargeException"/> once it has more bytes than it may.</summary>
    public async Task Pack(ExportOf whose, Stream to, long bytesMax, CancellationToken ct)
    {
        await using var archive = await ZipArchive.CreateAsync(to, ZipArchiveMode.Create, leaveOpen: true, null, ct);
        var contents = new StringBuilder()
            .Append("Data of ").Append(whose.Organization?.ToString() ?? whose.User?.ToString()).Append(", packed at ")
            .Append(time.GetUtcNow().ToString("u", CultureInfo.InvariantCulture))
            .Append("\n\nEach file holds JSON lines (https://jsonlines.org): one JSON object a line, in UTF-8.\n\n");
        foreach (var file in sources.SelectMany(source => source.FilesOf(whose)).OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            var rows = await Write(file, archive, to, bytesMax, ct);
            contents.Append(CultureInfo.InvariantCulture, $"{file.Name}.jsonl ({rows}): {file.About}\n");
        }
        await using var about = await archive.CreateEntry("README.txt").OpenAsync(ct);
        await about.WriteAsync(Encoding.UTF8.GetBytes(contents.ToString()), ct);
    }

    private static async Task<long> Write(
        ExportFile file, ZipArchive archive, Stream to, long bytesMax, CancellationToken ct)
    {
        var rows = 0L;
        await using var entry = await archive.CreateEntry($"{file.Name}.jsonl").OpenAsync(ct);
        await foreach (var row in file.Rows.WithCancellation(ct))
        {
            await entry.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(row, row.GetType(), Http.Json), ct);
            await entry.WriteAsync("\n"u8.ToArray(), ct);
            rows++;
            if (to.Position > bytesMax) throw new ExportTooLargeException();
        }
        return rows;
    }
}

/// <summary>The archive has more bytes than it may.</summary>
internal sealed class ExportTooLargeException : Exception;
