using System.Diagnostics;
using Npgsql;

namespace Sluice.Integration.Postgres;

/// <summary>
/// One private PostgreSQL under /tmp, reached over its Unix socket only. It runs under a guard whose standard input is
/// a pipe from this process: when the process ends, however it ends, the pipe closes, the guard stops the server and
/// removes its files. As root it runs as the user postgres, because PostgreSQL refuses root.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // Right for tests of logic, wrong for measurements.
    private const string Hasty =
        "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum_naptime=10s";

    private static readonly string Binaries = FindBinaries();
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    // $0 is the folder of the programs, $1 the server's own, $2 more options. A line on stdin asks for a stop that keeps
    // the files; the end of stdin does not.
    private const string Guard = """
        trap '' INT TERM HUP
        "$0/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c max_connections=400 -c shared_buffers=128MB $2 \
          </dev/null >>"$1/log" 2>&1 &
        server=$!
        if read -r _; then keep=1; fi
        kill -INT $server 2>/dev/null
        wait $server
        [ -n "$keep" ] || rm -rf "$1"
        """;

    private readonly string _folder;
    private readonly string _options;
    private Process? _guard;

    private PostgresServer(string folder, string options) => (_folder, _options) = (folder, options);

    /// <summary>Makes a cluster and starts it.</summary>
    /// <param name="durable">Whether it syncs as one in production does.</param>
    public static async Task<PostgresServer> Create(bool durable = false)
    {
        var server = new PostgresServer($"/tmp/sluice-test-{Guid.CreateVersion7():N}", durable ? "" : Hasty);
        await server.InitDb();
        await server.Start();
        return server;
    }

    /// <summary>Process id of the running postmaster, whose children serve the connections.</summary>
    public int Pid => int.Parse(
        File.ReadLines($"{_folder}/data/postmaster.pid").First(), System.Globalization.CultureInfo.InvariantCulture);

    public string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = _folder,
            Username = "sluice",
            Database = database,
            // Many test classes at once share the server's connections.
            MaxPoolSize = 30,
            Timeout = 15,
        }.ConnectionString;

    /// <summary>A statement that stands alone, such as the creation of a database.</summary>
    public async Task Run(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts the server on the files that it has and returns once it answers.</summary>
    public async Task Start()
    {
        if (_guard is not null) throw new InvalidOperationException("The server runs already.");
        _guard = Process.Start(Command("/bin/sh", "-c", Guard, Binaries, _folder, _options))!;
        var clock = Stopwatch.StartNew();
        while (!await Answers())
        {
            if (_guard.HasExited || clock.Elapsed > StartMax)
                throw new InvalidOperationException($"PostgreSQL did not start:\n{await Log()}");
            await Task.Delay(20);
        }
    }

    /// <summary>Stops the server at once, connections cut, and keeps its files.</summary>
    public async Task Stop()
    {
        if (_guard is null) return;
        await _guard.StandardInput.WriteLineAsync("stop");
        await End();
    }

    /// <summary>Stops the server and removes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_guard is not null) await End();
        else if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private async Task End()
    {
        _guard!.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
        _guard = null;
    }

    private async Task InitDb()
    {
        using var process = Process.Start(Command(
            $"{Binaries}/initdb", "-D", $"{_folder}/data", "-U", "sluice", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync", "--no-instructions"))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"initdb failed:\n{await output}\n{errors}");
    }

    private async Task<bool> Answers()
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false;Timeout=5");
        try
        {
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task<string> Log()
    {
        var log = $"{_folder}/log";
        try
        {
            return await File.ReadAllTextAsync(log);
        }
        catch (IOException fault)
        {
            return $"no log: {fault.Message}";
        }
    }

    private static string FindBinaries()
    {
        const string root = "/usr/lib/postgresql";
        var newest = Directory.Exists(root)
            ? Directory.GetDirectories(root)
                .Where(directory => File.Exists(Path.Combine(directory, "bin", "initdb")))
                .MaxBy(directory => int.TryParse(Path.GetFileName(directory), out var major) ? major : 0)
            : null;
        return newest is null
            ? throw new InvalidOperationException($"No PostgreSQL under {root}: apt-get install postgresql")
            : Path.Combine(newest, "bin");
    }

    private static ProcessStartInfo Command(string program, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/tmp",
        };
        if (Environment.UserName == "root")
        {
            start.FileName = "setpriv";
            foreach (var word in new[] { "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", program })
                start.ArgumentList.Add(word);
        }
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }
}
