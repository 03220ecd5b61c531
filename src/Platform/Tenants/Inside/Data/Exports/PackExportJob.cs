using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Data.Exports;

/// <summary>The arguments of the job that packs an export.</summary>
internal sealed record PackExport(ExportId Export);

/// <summary>
/// Packs an export into a file without a name, which nobody else can open and which goes with the process, and then keeps it in
/// the database, so that every process can hand it out.
/// </summary>
internal sealed class PackExportJob(
    ExportTable table, ExportArchive archive, ExportLetters letters, IUnitsOfWork units, IOptions<DataOptions> options,
    TimeProvider time) : IJobHandler<PackExport>
{
    public const string Name = "tenants.export";
    public const string Queue = "data";
    public const int AttemptsMax = 5;

    private const long Mebibyte = 1024 * 1024;

    public async Task Handle(PackExport arguments, IJobContext job, CancellationToken ct)
    {
        if (await table.Find(arguments.Export, ct) is not { Export.State: DataExportState.Waiting } export) return;
        try
        {
            await using var file = Temporary();
            await archive.Pack(export.Whose, file, options.Value.ExportMebibytesMax * Mebibyte, ct);
            await Keep(export, file, job, ct);
        }
        catch (ExportTooLargeException)
        {
            await table.Fail(
                arguments.Export, $"it has more than {options.Value.ExportMebibytesMax} MiB; ask the operator.", ct);
        }
        catch (Exception fault) when (job.Attempt >= AttemptsMax && fault is not OperationCanceledException)
        {
            await table.Fail(arguments.Export, ExportTable.Broken, ct);
            throw;
        }
    }

    private async Task Keep(ExportRow export, FileStream file, IJobContext job, CancellationToken ct)
    {
        file.Position = 0;
        var now = time.GetMicros();
        var end = now.AddDays(options.Value.ExportDays);
        await using var work = await units.Begin(ct);
        // The person first, as where an account is deleted.
        var person = export.AskedBy is { } asked ? await UserRows.Hold(asked, work, ct) : null;
        if (await ExportTable.Keep(export, file, now, end, work, ct) && person is { IsVerified: true })
            await letters.Ready(person, export, end, work, ct);
        await job.CompleteIn(work);
        await work.Commit(ct);
    }

    private static FileStream Temporary()
    {
        var how = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(Path.Combine(Path.GetTempPath(), $"sluice-export-{Guid.CreateVersion7():N}"), how);
        // What is killed closes nothing: without a name it is gone all the same.
        if (!OperatingSystem.IsWindows()) File.Delete(file.Name);
        return file;
    }
}
