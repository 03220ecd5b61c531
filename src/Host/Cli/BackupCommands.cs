using System.CommandLine;
using Sluice.Host.Backup;

namespace Sluice.Host.Cli;

internal static class BackupCommands
{
    public static Command BuildBackup()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "The archive to write (.tar.gz). It holds secrets: it is made readable for you alone.",
        };
        var command = new Command(
            "backup", "Save database, journals and key ring in one archive. The gateway may go on running.");
        command.Arguments.Add(file);
        command.SetAction(async (parsed, ct) =>
        {
            await using var local = await LocalDatabase.Open(ct);
            var made = await Archiving.Write(local, Path.GetFullPath(parsed.GetValue(file)!), ct);
            if (Output.IsJson(parsed)) Output.Json(made);
            else
                Output.Line(
                    $"Saved {made.Files.Count} files, {made.Files.Sum(one => one.Bytes) / 1e6:0.0} MB, "
                    + $"in {parsed.GetValue(file)}.");
            return ExitCodes.Done;
        });
        return command;
    }

    public static Command BuildRestore()
    {
        var file = new Argument<string>("FILE") { Description = "An archive that 'sluice backup' wrote." };
        var force = new Option<bool>("--force")
        {
            Description = "Replace what is there. Journals and key ring are moved aside, the database is overwritten.",
        };
        var command = new Command(
            "restore", "Bring back what 'backup' saved, into an empty installation. No gateway may run on it.");
        command.Arguments.Add(file);
        command.Options.Add(force);
        command.SetAction(async (parsed, ct) =>
        {
            var source = Path.GetFullPath(parsed.GetValue(file)!);
            if (!File.Exists(source)) throw new HostFault($"{source} does not exist.");
            await using var local = await LocalDatabase.Open(ct);
            var manifest = await Restoring.Read(local, source, parsed.GetValue(force), ct);
            if (Output.IsJson(parsed)) Output.Json(manifest);
            else Output.Line($"Restored what was saved at {manifest.At:yyyy-MM-dd HH:mm:ss} UTC. Start with 'sluice serve'.");
            return ExitCodes.Done;
        });
        return command;
    }
}
