using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Host.Postgres;

/// <summary>Runs a program of the system to its end.</summary>
internal static class Commands
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>What the program wrote; a fault with its error text when it failed.</summary>
    public static async Task<string> Run(IReadOnlyList<string> command, CancellationToken ct)
    {
        var (code, text, errors) = await Finish(command, ct);
        if (code == 0) return text;
        var said = (errors.Trim().Length > 0 ? errors : text).Trim();
        throw new HostFault(
            $"{Path.GetFileName(command.FirstOrDefault(part => part.StartsWith('/')) ?? command[0])} failed: {said}");
    }

    public static async Task<bool> Succeeds(IReadOnlyList<string> command, CancellationToken ct)
    {
        try
        {
            return (await Finish(command, ct)).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // Not installed.
        }
    }

    private static async Task<(int Code, string Text, string Errors)> Finish(IReadOnlyList<string> command, CancellationToken ct)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // A folder that every account may enter: the current one may be closed to it.
            WorkingDirectory = "/",
        };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start) ?? throw new HostFault($"{command[0]} could not be started.");
        process.StandardInput.Close();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(Longest);
        var text = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = process.StandardError.ReadToEndAsync(timeout.Token);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await text, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}

/// <summary>A short name that stands for a folder.</summary>
internal static class FolderHash
{
    public static string Of(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(path))).AsSpan(0, 8));
}
