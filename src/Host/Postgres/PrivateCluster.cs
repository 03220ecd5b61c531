using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Npgsql;

namespace Sluice.Host.Postgres;

/// <summary>
/// The PostgreSQL that belongs to one data folder. It runs in its own session and is shared by all processes that use
/// the folder: the first to come starts it, one that finds it running (left by a process that was killed) adopts it,
/// and the last to leave stops it. It listens on a unix socket in a folder that only its owner may enter.
/// </summary>
internal sealed class PrivateCluster : IAsyncDisposable
{
    private const string DatabaseName = "sluice";
    private const int SocketFolderLengthMax = 85;
    private static readonly TimeSpan StartLongest = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopLongest = TimeSpan.FromSeconds(60);

    private readonly string _dataDirectory;
    private readonly string _cluster;
    private readonly string _sockets;
    private readonly Account _account;
    private readonly SafeFileHandle _users;
    private bool _disposed;

    private PrivateCluster(string dataDirectory, Account account, SafeFileHandle users)
    {
        _dataDirectory = dataDirectory;
        _account = account;
        _users = users;
        _cluster = Path.Combine(account.ClusterParent, "cluster");
        _sockets = SocketFolder(account.ClusterParent);
    }

    public string ConnectionString => Connection(DatabaseName);

    /// <summary>Folder with the programs that fit this cluster.</summary>
    public Tools Tools { get; private set; } = null!;

    /// <summary>Whether this process is the one that started it, rather than finding it running.</summary>
    public bool Started { get; private set; }

    /// <summary>Whether the data folder holds a cluster already.</summary>
    public static bool Exists(string dataDirectory) =>
        File.Exists(Path.Combine(dataDirectory, "postgres", "cluster", "PG_VERSION"))
        || File.Exists(Path.Combine("/var/lib/sluice", FolderHash.Of(dataDirectory), "cluster", "PG_VERSION"));

    /// <summary>Makes the cluster when there is none, starts it when it does not run, and uses it until disposed.</summary>
    public static async Task<PrivateCluster> Use(string dataDirectory, CancellationToken ct = default)
    {
        DataFolder.Prepare(dataDirectory);
        var account = await Account.Choose(dataDirectory, ct);
        var users = OpenLock(dataDirectory, "users.lock");
        try
        {
            var cluster = new PrivateCluster(dataDirectory, account, users);
            using (await cluster.Turn(ct)) await cluster.Start(ct);
            return cluster;
        }
        catch
        {
            users.Dispose();
            throw;
        }
    }

    /// <summary>Leaves the cluster, and stops it when nobody else uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        NpgsqlConnection.ClearAllPools();
        using (await Turn(CancellationToken.None))
        {
            if (Posix.TryLockExclusive(_users)) await Stop();
            _users.Dispose();
        }
    }

    /// <summary>Whether another process works on this data folder now.</summary>
    public async Task<bool> IsShared(CancellationToken ct)
    {
        using var turn = await Turn(ct);
        var alone = Posix.TryLockExclusive(_users);
        // Back to sharing; a failed attempt has dropped our share, too.
        return Posix.TryLockShared(_users) && !alone;
    }

    private async Task Start(CancellationToken ct)
    {
        await _account.MakeFolder(_account.ClusterParent, ct);
        if (!File.Exists(Path.Combine(_cluster, "PG_VERSION"))) await Create(ct);
        var version = (await File.ReadAllTextAsync(Path.Combine(_cluster, "PG_VERSION"), ct)).Trim();
        Tools = Tools.Find(int.Parse(version, NumberStyles.None, CultureInfo.InvariantCulture));
        await _account.MakeFolder(_sockets, ct);
        if (Postmaster.Running(_cluster) is null)
        {
            Postmaster.RemoveStale(_cluster, _sockets);
            await WriteConfiguration(ct);
            await Launch(ct);
            Started = true;
        }
        await WaitReady(ct);
        if (!Posix.TryLockShared(_users))
            throw new HostFault($"Another process holds {_dataDirectory} alone: wait until it is done.");
        await CreateDatabase(ct);
    }

    // Made beside its place and renamed, so that a cluster that exists is whole.
    private async Task Create(CancellationToken ct)
    {
        var tools = Tools.Find();
        var unfinished = Path.Combine(_account.ClusterParent, "cluster.new");
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        await Commands.Run(
            [.. _account.Prefix, tools.Program("initdb"), "-D", unfinished, "-U", DatabaseName, "--auth=trust", "-E", "UTF8",
                "--locale=C", "--data-checksums"], ct);
        Directory.Move(unfinished, _cluster);
    }

    private Task WriteConfiguration(CancellationToken ct) => File.WriteAllTextAsync(
        Path.Combine(_cluster, "postgresql.conf"),
        $"""
        # Written by sluice at every start.
        listen_addresses = ''
        unix_socket_directories = '{_sockets.Replace("'", "''", StringComparison.Ordinal)}'
        unix_socket_permissions = 0700
        max_connections = 200
        shared_buffers = 128MB
        max_wal_size = 1GB
        timezone = 'UTC'
        log_timezone = 'UTC'
        logging_collector = on
        log_directory = '../log'
        log_filename = 'postgres-%a.log'
        log_truncate_on_rotation = on
        log_rotation_age = 1d
        log_rotation_size = 0
        log_file_mode = 0600
        """, ct);

    private async Task Launch(CancellationToken ct)
    {
        var folder = Path.Combine(_account.ClusterParent, "log");
        await _account.MakeFolder(folder, ct);
        var log = Path.Combine(folder, "start.log");
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // pg_ctl gives the server a session of its own: a Ctrl-C on our terminal does not reach it.
                await Commands.Run(
                    [.. _account.Prefix, Tools.Program("pg_ctl"), "-D", _cluster, "-l", log, "-w", "-t", "150", "start"], ct);
                return;
            }
            catch (HostFault) when (attempt < 5)
            {
                // Backends of a server that was killed hold its shared memory until they notice, within a second or two.
                await Task.Delay(TimeSpan.FromSeconds(attempt), ct);
                Postmaster.RemoveStale(_cluster, _sockets);
            }
            catch (HostFault fault)
            {
                throw new HostFault($"The private database does not start. {fault.Message}", [$"Its log: {log} and beside it"]);
            }
        }
    }

    private async Task WaitReady(CancellationToken ct)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(Connection("postgres"));
                await connection.OpenAsync(ct);
                return;
            }
            catch (Exception error) when (error is NpgsqlException or IOException)
            {
                if (TimeProvider.System.GetElapsedTime(deadline) > StartLongest)
                    throw new HostFault(
                        $"The private database does not answer: {error.Message}",
                        [$"Its log: {_account.ClusterParent}/log"]);
                await Task.Delay(50, ct);
            }
        }
    }

    private async Task CreateDatabase(CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(Connection("postgres"));
        await connection.OpenAsync(ct);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection)
        {
            Parameters = { new() { Value = DatabaseName } },
        };
        if (await exists.ExecuteScalarAsync(ct) is not null) return;
        await using var create = new NpgsqlCommand($"create database {DatabaseName}", connection);
        await create.ExecuteNonQueryAsync(ct);
    }

    private async Task Stop()
    {
        if (Postmaster.Running(_cluster) is not { } processId) return;
        Posix.Signal(processId, Posix.SigInt); // "Fast": ends sessions, writes a checkpoint.
        var since = TimeProvider.System.GetTimestamp();
        while (Postmaster.Running(_cluster) is not null)
        {
            if (TimeProvider.System.GetElapsedTime(since) > StopLongest)
                throw new HostFault($"The private database (process {processId}) does not stop.");
            await Task.Delay(20);
        }
        Directory.Delete(_sockets, recursive: true);
    }

    private string Connection(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _sockets,
        Database = database,
        Username = DatabaseName,
        Pooling = database != "postgres",
        MaxPoolSize = 60,
        Timeout = 15,
        ApplicationName = "sluice",
    }.ConnectionString;

    /// <summary>One process at a time starts or stops the server.</summary>
    private async Task<SafeFileHandle> Turn(CancellationToken ct)
    {
        var turn = OpenLock(_dataDirectory, "turn.lock");
        while (!Posix.TryLockExclusive(turn)) await Task.Delay(20, ct);
        return turn;
    }

    private static SafeFileHandle OpenLock(string dataDirectory, string name)
    {
        var folder = Path.Combine(dataDirectory, "postgres");
        Directory.CreateDirectory(folder, DataFolder.Private);
        return Posix.OpenLockFile(Path.Combine(folder, name));
    }

    // The address of a unix socket holds 107 bytes at most, its file name included.
    private static string SocketFolder(string parent)
    {
        var near = Path.Combine(parent, "run");
        return System.Text.Encoding.UTF8.GetByteCount(near) <= SocketFolderLengthMax
            ? near
            : Path.Combine(Path.GetTempPath(), $"sluice-{FolderHash.Of(parent)}");
    }
}
