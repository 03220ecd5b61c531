using System.CommandLine;
using Spectre.Console;

namespace Sluice.Host.Cli;

/// <summary>The command <c>sluice</c>: one file a group of verbs.</summary>
internal static class CommandLine
{
    public static RootCommand Build()
    {
        var root = new RootCommand(
            """
            sluice: a gateway you can sell from.

            'serve' runs it. The other verbs ask the API of an installation: a remote one with --server and --token,
            otherwise the one of the data folder (SLUICE_DATA) or database (SLUICE_DATABASE) on this machine. serve,
            migrate, doctor, backup, restore, journal and secrets work on this machine alone.

            Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not reached, 130 interrupted.
            """);
        root.Options.Add(Common.Json);
        root.Options.Add(Common.Server);
        root.Options.Add(Common.Token);
        Command[] commands =
        [
            Verbs.Local(ServeCommand.Build()), Verbs.Local(MigrateCommand.Build()), Verbs.Local(DoctorCommand.Build()),
            Verbs.Local(BackupCommands.BuildBackup()), Verbs.Local(BackupCommands.BuildRestore()),
            ServiceCommands.Build(), PlanCommands.Build(), OrganizationCommands.Build(), InvitationCommands.Build(),
            AppCommands.Build(), KeyCommands.Build(), UsageCommands.Build(), LogCommands.Build(), JobCommands.Build(),
            QueueCommands.Build(), ScheduleCommands.Build(), FactCommands.Build(), AuditCommands.Build(), TokenCommands.Build(),
            AuthCommands.Build(), UserCommands.Build(), MeCommands.Build(),
            Verbs.Local(JournalCommands.Build()), Verbs.Local(SecretCommands.Build()),
            MailCommands.Build(), WebhookCommands.Build(), AlertCommands.Build(), NoticeCommands.Build(),
        ];
        foreach (var command in commands) root.Subcommands.Add(command);
        return root;
    }

    public static async Task<int> Run(string[] args)
    {
        if (Console.IsOutputRedirected)
        {
            // Into a file or a pipe: no colours, no wrapping.
            AnsiConsole.Profile.Width = 400;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }
        var parsed = Build().Parse(args);
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        if (parsed.Errors.Count > 0)
        {
            await parsed.InvokeAsync(configuration);
            return ExitCodes.Usage;
        }
        using var stop = new CancellationTokenSource();
        using var signals = new Signals(stop);
        try
        {
            return await parsed.InvokeAsync(configuration, stop.Token);
        }
        catch (HostFault fault)
        {
            return Output.Fault(parsed, fault.Message, fault.Details);
        }
        catch (NotReached error)
        {
            Output.Fault(parsed, error.Message, []);
            return ExitCodes.NotReached;
        }
        catch (Npgsql.NpgsqlException error)
        {
            Output.Fault(parsed, $"The database does not answer as it should: {error.Message}", []);
            return ExitCodes.NotReached;
        }
        catch (Database.MigrationException error)
        {
            return Output.Fault(parsed, error.Message, []);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }
}

internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotReached = 3;
    public const int Interrupted = 130;
}

/// <summary>Options that every verb knows.</summary>
internal static class Common
{
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print JSON, as the API answers it.",
        Recursive = true,
    };

    public static readonly Option<string?> Server = new("--server")
    {
        Description = "Address of a running installation (https://…). SLUICE_SERVER.",
        Recursive = true,
        HelpName = "URL",
    };

    public static readonly Option<string?> Token = new("--token")
    {
        Description = "Access token for --server (slc_at_…). Better in SLUICE_TOKEN or SLUICE_TOKEN_FILE, where it is not seen.",
        Recursive = true,
        HelpName = "TOKEN",
    };
}
