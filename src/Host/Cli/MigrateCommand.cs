using System.CommandLine;
using Sluice.Host.Database;

namespace Sluice.Host.Cli;

internal static class MigrateCommand
{
    public static Command Build()
    {
        var command = new Command("migrate", "Bring the database up to date. 'serve' does it too, at its start.");
        command.SetAction(async (parsed, ct) =>
        {
            await using var local = await LocalDatabase.Open(ct);
            var applied = await local.Migrator.Migrate(ct);
            if (Output.IsJson(parsed)) Output.Json(new { applied });
            else Output.Line(applied == 0 ? "The database is up to date." : $"Applied {applied} migrations.");
            return ExitCodes.Done;
        });
        return command;
    }
}
