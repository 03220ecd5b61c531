using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sluice.Host.Cli;

/// <summary>Data that organizations and people take along.</summary>
internal static class ExportCommands
{
    public static Command Build()
    {
        var export = new Argument<string>("EXPORT") { Description = "The export's id." };
        var organization = new Argument<string>("ORGANIZATION") { Description = "Id or name." };
        var whose = new Option<string?>("--org")
        {
            Description = "Id or name; without it, those of your own account.",
            HelpName = "ORGANIZATION",
        };
        return Verbs.Group("export", "All data of an organization, packed to be taken along.",
            Verbs.Making("create", "Have everything that is kept of an organization packed.", [organization],
                async (api, parsed, ct) => await api.Post(
                    $"{await Verbs.PathOf(api, parsed, organization, ct)}/exports", null, ct),
                (_, answer) =>
                {
                    Show(answer!);
                    Output.Line("");
                    Output.Line("It is being packed. This tells when it is ready:");
                    Output.Line($"sluice export show {answer!["id"]}");
                }),
            Verbs.Listing("list", "The exports that are kept, newest first.", [whose],
                async (api, parsed, ct) => parsed.GetValue(whose) is { } given
                    ? $"organizations/{Uri.EscapeDataString(await Verbs.Organization(api, given, ct))}/exports"
                    : "me/exports",
                "There is no export. 'sluice export create ORGANIZATION' asks for one.",
                new("Id", "id"), new("State", "state"), new("Bytes", "bytes"), new("Asked for", "createdAt"),
                new("Deleted", "expiresAt")),
            Verbs.Asking("show", "How an export stands.", [export],
                (api, parsed, ct) => api.Get($"exports/{Verbs.Part(parsed, export)}", ct), (_, answer) => Show(answer!)),
            Download(export));
    }

    private static Command Download(Argument<string> export)
    {
        var file = new Argument<string>("FILE") { Description = "Where to write the ZIP archive; must not exist yet." };
        var download = new Command("download", "Download an export that is ready.") { Arguments = { export, file } };
        download.SetAction(async (parsed, ct) =>
        {
            await using var api = await ApiConnection.Open(parsed, ct);
            var path = parsed.GetValue(file)!;
            var bytes = await Keep(path, to => api.Copy($"exports/{Verbs.Part(parsed, export)}/content", to, ct));
            if (Output.IsJson(parsed)) Output.Json(new JsonObject { ["file"] = Path.GetFullPath(path), ["bytes"] = bytes });
            else Output.Line($"{path}: {bytes} bytes.");
            return ExitCodes.Done;
        });
        return download;
    }

    // For its owner alone: it holds what is not everybody's business. What did not come whole is not left lying.
    private static async Task<long> Keep(string path, Func<Stream, Task> copy)
    {
        var how = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        FileStream to;
        try
        {
            to = new FileStream(path, how);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new HostFault($"{path} cannot be written: {error.Message}");
        }
        var whole = false;
        try
        {
            await using (to)
            {
                await copy(to);
                whole = true;
                return to.Length;
            }
        }
        finally
        {
            if (!whole) File.Delete(path);
        }
    }

    private static void Show(JsonNode answer) => Output.Details(
        answer, new("Export", "id"), new("State", "state"), new("Because", "why"), new("Bytes", "bytes"),
        new("Asked for", "createdAt"), new("Deleted", "expiresAt"));
}
