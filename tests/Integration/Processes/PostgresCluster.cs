using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace Sluice.Integration.Processes;

/// <summary>
/// A real PostgreSQL of its own in a temporary directory, on a free loopback port. It can be stopped, frozen, killed
/// and started again over the same data.
/// </summary>
public sealed partial class PostgresCluster : IAsyncDisposable
{
    private const string User = "postgres";

    private readonly TemporaryDirectory _home = new("postgres");
    private readonly string _binaries;
    private readonly bool _durable;
    private ChildProcess? _server;

    private PostgresCluster(string binaries, bool durable)
    {
        _binaries = binaries;
        _durable = durable;
        Port = FreePort.Next();
    }

    public int Port { get; }

    public string Data => _home["data"];

    /// <summary>Process id of the postmaster; 0 while it is stopped.</summary>
    public int Pid => _server?.Pid ?? 0;

    /// <summary>A connection string for one of the cluster's databases.</summary>
    public string ConnectionString(string database = "postgres") => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={User};Database={database}");

    /// <param name="durable">False turns fsync off: right for tests of logic, wrong for measurements.</param>
    public static async Task<PostgresCluster> Start(bool durable = false)
    {
        var cluster = new PostgresCluster(FindBinaries(), durable);
        try
        {
            await cluster.Initialize();
            await cluster.Up();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task CreateDatabase(string name)
    {
        await using var connection = new NpgsqlConnection(ConnectionString());
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database \"{name}\"", connection);
        await create.ExecuteNonQueryAsync();
    }

    /// <summary>Starts the server over what is there and waits until it answers.</summary>
    public async Task Up()
    {
        _server = ChildProcess.Start(new ChildCommand(
            Path.Combine(_binaries, "postgres"),
            "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "max_connections=200",
            "-c", _durable ? "fsync=on" : "fsync=off")
        {
            User = RunAs,
            ParentDeathSignal = "QUIT",
            Directory = "/",
        });
        await Until.True(Answers, "PostgreSQL answers", TimeSpan.FromSeconds(60));
    }

    /// <summary>A fast shutdown: connections are cut, data is written.</summary>
    public async Task Down()
    {
        if (_server is null) return;
        // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
        _server.Interrupt();
        await _server.WaitForExit(TimeSpan.FromSeconds(60));
        await _server.DisposeAsync();
        _server = null;
    }

    /// <summary>An end without shutdown: the next start recovers from the write-ahead log.</summary>
    public async Task Crash()
    {
        if (_server is null) return;
        _server.Kill();
        await _server.WaitForExit(TimeSpan.FromSeconds(10));
        await _server.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Down();
        _home.Dispose();
    }

    private async Task Initialize()
    {
        Directory.CreateDirectory(Data);
        if (RunAs is not null)
            await ChildProcess.Run(new ChildCommand("chown", RunAs, Data), TimeSpan.FromSeconds(10));
        await ChildProcess.Run(
            new ChildCommand(
                Path.Combine(_binaries, "initdb"), "-D", Data, "-U", User, "-A", "trust", "-E", "UTF8",
                "--locale=C.UTF-8", "--no-sync", "--no-instructions")
            { User = RunAs, Directory = "/" },
            TimeSpan.FromSeconds(120));
    }

    private async Task<bool> Answers()
    {
        if (_server is { HasExited: true })
            throw new InvalidOperationException($"PostgreSQL ended at once: {_server.Output}");
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString() + ";Pooling=false;Timeout=5");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static string? RunAs => EffectiveUser() == 0 ? User : null;

    private static string FindBinaries()
    {
        const string root = "/usr/lib/postgresql";
        var newest = Directory.Exists(root)
            ? Directory.GetDirectories(root)
                .Where(directory => File.Exists(Path.Combine(directory, "bin", "initdb")))
                .OrderByDescending(directory => int.TryParse(Path.GetFileName(directory), out var major) ? major : 0)
                .FirstOrDefault()
            : null;
        return newest is null
            ? throw new InvalidOperationException("No PostgreSQL under /usr/lib/postgresql: apt-get install postgresql")
            : Path.Combine(newest, "bin");
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
