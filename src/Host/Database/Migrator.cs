using Npgsql;
using Sluice.Platform.Audit;

namespace Sluice.Host.Database;

/// <summary>
/// Brings the schemas of all rooms up to date: forward only, each script in a transaction of its own and recorded in
/// <c>sluice.migrations</c>, one process at a time. Scripts that a newer version applied are left alone.
/// </summary>
internal sealed partial class Migrator(
    NpgsqlDataSource source, ILogger<Migrator> log, IReadOnlyList<MigrationScript> scripts)
{
    // The order of the rooms is the order of their arrows: a script may count on the rooms before its own.
    private static readonly string[] Rooms =
    [
        "Api", "Audit", "Jobs", "Tenants", "Catalog", "Ledger", "Notices", "Keys", "Metering", "Payments", "Billing",
        "Market", "Media", "Portal",
    ];

    // Any number will do, as long as every version takes the same one: "sluice" in ASCII.
    private const long AdvisoryLock = 0x736c75696365;
    private const int LockWaitSeconds = 600;

    public Migrator(NpgsqlDataSource source, ILogger<Migrator> log)
        : this(source, log, [.. MigrationScript.In(typeof(IAudit).Assembly), .. MigrationScript.In(typeof(Migrator).Assembly)])
    {
    }

    /// <summary>Applies what is missing and returns how many scripts that were.</summary>
    public async Task<int> Migrate(CancellationToken ct = default)
    {
        var ordered = Ordered();
        await using var connection = await source.OpenConnectionAsync(ct);
        await Run(connection, $"SELECT pg_advisory_lock({AdvisoryLock})", ct);
        try
        {
            await Run(connection, """
                CREATE SCHEMA IF NOT EXISTS sluice;
                CREATE TABLE IF NOT EXISTS sluice.migrations (
                    room text NOT NULL,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (room, name)
                )
                """, ct);
            var applied = await Applied(connection, ct);
            var missing = Missing(ordered, applied);
            foreach (var script in missing) await Apply(connection, script, ct);
            return missing.Count;
        }
        finally
        {
            // A pooled connection keeps its session locks; a broken one has lost them already.
            if (connection.State == System.Data.ConnectionState.Open)
                await Run(connection, $"SELECT pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
        }
    }

    /// <summary>How many scripts are not applied yet; throws like <see cref="Migrate"/> where they contradict.</summary>
    public async Task<int> Pending(CancellationToken ct = default)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var exists = new NpgsqlCommand("SELECT to_regclass('sluice.migrations') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(ct) is not true) return scripts.Count;
        return Missing(Ordered(), await Applied(connection, ct)).Count;
    }

    private List<MigrationScript> Ordered()
    {
        foreach (var script in scripts)
            if (!Rooms.Contains(script.Room, StringComparer.Ordinal))
                throw new MigrationException($"The room {script.Room} has migrations but no place in the order of rooms.");
        return
        [
            .. scripts.OrderBy(s => Array.IndexOf(Rooms, s.Room)).ThenBy(s => s.Name, StringComparer.Ordinal),
        ];
    }

    private static List<MigrationScript> Missing(
        List<MigrationScript> ordered, Dictionary<(string Room, string Name), string> applied)
    {
        List<MigrationScript> missing = [];
        foreach (var script in ordered)
        {
            if (applied.TryGetValue((script.Room, script.Name), out var checksum))
            {
                if (checksum != script.Checksum)
                    throw new MigrationException(
                        $"Migration {script.Room}/{script.Name} was changed after it was applied to this database. "
                        + "Restore its text and put the change into a new migration.");
                continue;
            }
            var later = applied.Keys.FirstOrDefault(
                k => k.Room == script.Room && string.CompareOrdinal(k.Name, script.Name) > 0);
            if (later.Name is not null)
                throw new MigrationException(
                    $"Migration {script.Room}/{script.Name} is new but {later.Name} after it was already applied. "
                    + "Give it a later number: migrations only go forward.");
            missing.Add(script);
        }
        return missing;
    }

    private static async Task<Dictionary<(string, string), string>> Applied(
        NpgsqlConnection connection, CancellationToken ct)
    {
        Dictionary<(string, string), string> applied = [];
        await using var command = new NpgsqlCommand("SELECT room, name, checksum FROM sluice.migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) applied[(reader.GetString(0), reader.GetString(1))] = reader.GetString(2);
        return applied;
    }

    private async Task Apply(NpgsqlConnection connection, MigrationScript script, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await Run(connection, script.Text, ct);
        }
        catch (PostgresException fault)
        {
            throw new MigrationException(
                $"Migration {script.Room}/{script.Name} failed and was rolled back: {fault.MessageText} "
                + $"({fault.SqlState}, at character {fault.Position}).");
        }
        await using var record = new NpgsqlCommand(
            "INSERT INTO sluice.migrations (room, name, checksum) VALUES ($1, $2, $3)", connection, transaction)
        {
            Parameters = { new() { Value = script.Room }, new() { Value = script.Name }, new() { Value = script.Checksum } },
        };
        await record.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        LogApplied(script.Room, script.Name);
    }

    private static async Task Run(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = LockWaitSeconds };
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(20001, LogLevel.Information, "Applied migration {Room}/{Name}")]
    private partial void LogApplied(string room, string name);
}
