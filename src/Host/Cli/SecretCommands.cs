using System.CommandLine;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform;
using Sluice.Platform.Audit;
using Sluice.Platform.Catalog;

namespace Sluice.Host.Cli;

/// <summary>The ring of keys with which upstream credentials are sealed in the database.</summary>
internal static class SecretCommands
{
    public static Command Build() => Verbs.Group(
        "secrets", "The keys that seal upstream credentials in the database.", BuildList(), BuildRotate());

    private static Command BuildList()
    {
        var command = new Command("list", "The keys by id, oldest first. The last one seals; all of them open.");
        command.SetAction(async (parsed, ct) =>
        {
            await using var local = await LocalDatabase.Open(ct);
            var keys = Ring(local).Keys();
            if (Output.IsJson(parsed)) Output.Json(new { data = keys });
            else if (keys.Count == 0) Output.Line("There is no key yet: the first credential that is imported makes one.");
            foreach (var key in Output.IsJson(parsed) ? [] : keys)
                Output.Line($"{key.Id}  {key.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}{(key == keys[^1] ? "  seals" : "")}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command BuildRotate()
    {
        var command = new Command(
            "rotate",
            "Add a fresh key, which seals from now on. Older keys stay, because they open what they sealed. "
            + "Gateways may go on running.");
        command.SetAction(async (parsed, ct) =>
        {
            await using var local = await LocalDatabase.Open(ct);
            var id = Ring(local).Rotate();
            await using (var work = await local.Services.GetRequiredService<IUnitsOfWork>().Begin(ct))
            {
                await local.Services.GetRequiredService<IAudit>().Record(
                    new AuditEvent(Actor.System, "catalog.secrets.rotate", id, null, null, null), work, ct);
                await work.Commit(ct);
            }
            if (Output.IsJson(parsed)) Output.Json(new { key = id });
            else Output.Line($"Key {id} seals from now on. Save the ring again: sluice backup.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static AesSecretBox Ring(LocalDatabase local) => new(
        local.Services.GetRequiredService<IOptions<CatalogOptions>>().Value.KeyRingFile, TimeProvider.System);
}
