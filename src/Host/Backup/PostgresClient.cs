using System.Diagnostics;
using Npgsql;
using Sluice.Host.Postgres;
using Sluice.Host.Settings;

namespace Sluice.Host.Backup;

/// <summary>Runs <c>pg_dump</c> and <c>pg_restore</c> on the database of this installation.</summary>
internal static class PostgresClient
{
    public static async Task Run(
        string program, string connectionString, Tools tools, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(tools.Program(program), arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        // By the environment: arguments can be seen by everybody on the machine.
        start.Environment["PGHOST"] = to.Host;
        start.Environment["PGPORT"] = to.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        start.Environment["PGDATABASE"] = to.Database;
        if (to.Username is { } user) start.Environment["PGUSER"] = user;
        if (to.Password is { } password) start.Environment["PGPASSWORD"] = password;
        foreach (var (name, value) in DatabaseAddress.ForPrograms(to)) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(ct);
        var text = process.StandardOutput.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
        await text;
        if (process.ExitCode != 0) throw new HostFault($"{program} failed.", [.. (await errors).Trim().Split('\n')]);
    }
}
