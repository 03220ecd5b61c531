using System.CommandLine;
using System.CommandLine.Parsing;

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
            AuthCommands.Build(), UserCommands.Build(), MeCommands.Build(), ExportCommands.Build(),
            Verbs.Local(JournalCommands.Build()), Verbs.Local(SecretCommands.Build()),
            MailCommands.Build(), WebhookCommands.Build(), AlertCommands.Build(), NoticeCommands.Build(),
        ];
        foreach (var command in commands) root.Subcommands.Add(command);
        Words.Check(root);
        return root;
    }

    /// <summary>Runs one command of this process.</summary>
    public static async Task<int> Run(string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var signals = new Signals(stop);
        return await Run(args, Terminal.Present, stop.Token);
    }

    /// <summary>Runs one command and returns its exit code; what it prints goes to <paramref name="terminal"/>.</summary>
    public static async Task<int> Run(string[] args, Terminal terminal, CancellationToken ct)
    {
        Terminal.Present = terminal;
        var parsed = Build().Parse(args);
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = terminal.Out,
            Error = terminal.Error,
        };
        if (parsed.Errors.Count > 0) return Misspelt(parsed);
        try
        {
            return await parsed.InvokeAsync(configuration, ct);
        }
        catch (HostFault fault)
        {
            return Output.Fault(parsed, fault.Message, fault.Details, fault.IsUsage ? ExitCodes.Usage : ExitCodes.Failed);
        }
        catch (NotReached error)
        {
            return Output.Fault(parsed, error.Message, [], ExitCodes.NotReached);
        }
        catch (Npgsql.NpgsqlException error)
        {
            return Output.Fault(
                parsed, $"The database does not answer as it should: {error.Message}", [], ExitCodes.NotReached);
        }
        catch (Database.MigrationException error)
        {
            return Output.Fault(parsed, error.Message, []);
        }
        // A file that cannot be written, a full disk, or nobody who reads on behind the pipe.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Output.Fault(parsed, error.Message, []);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    // "Must be one of:", and a line for each.
    private static string OneLine(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 1 ? message : $"{lines[0]} {string.Join(", ", lines[1..])}.";
    }

    // What is wrong in one line, and where the rest stands: not the whole help.
    private static int Misspelt(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        List<string> names = [];
        for (var at = (SymbolResult?)parsed.CommandResult; at is not null; at = at.Parent)
            if (at is CommandResult { Command: not RootCommand } one) names.Insert(0, one.Command.Name);
        var path = string.Join(' ', ["sluice", .. names]);
        var verbs = command.Subcommands.Count == 0 || parsed.UnmatchedTokens.Count > 0
            ? null
            : $"Say which: {string.Join(", ", command.Subcommands.Select(verb => verb.Name))}.";
        var says = verbs
            ?? string.Join(" ", parsed.Errors.Select(error => OneLine(error.Message)).Distinct(StringComparer.Ordinal));
        return Output.Fault(parsed, $"{says} '{path} --help' explains it.", [], ExitCodes.Usage);
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

    /// <summary>Of verbs that make something.</summary>
    public static readonly Option<string?> IdempotencyKey = new("--idempotency-key")
    {
        Description = "A text of your own: repeated under it, the same command makes nothing more and gets the first answer.",
        HelpName = "TEXT",
    };
}
