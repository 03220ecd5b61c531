using System.Globalization;
using System.Text.Json;

namespace Sluice.Integration.Processes;

/// <summary>
/// The real executable, run as <c>sluice serve</c> with a data directory of its own on free loopback ports. A killed
/// one can be started again over the same data.
/// </summary>
public sealed class SluiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly SluiceOptions _options;
    private readonly TemporaryDirectory? _own;
    private ChildProcess? _child;

    private SluiceProcess(SluiceOptions options)
    {
        _options = options;
        if (options.Data is null) _own = new TemporaryDirectory("data");
        Data = options.Data ?? _own!.Path;
        Port = options.Port ?? FreePort.Next();
        BaseUrl = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"));
    }

    public string Data { get; }

    public int Port { get; }

    public Uri BaseUrl { get; }

    public int Pid => Child.Pid;

    /// <summary>What the present run has printed.</summary>
    public string Output => Child.Output;

    public ChildProcess Child => _child ?? throw new InvalidOperationException("The process is not started.");

    /// <summary>Starts and waits for <c>/health/ready</c>.</summary>
    public static async Task<SluiceProcess> Start(SluiceOptions options)
    {
        var sluice = new SluiceProcess(options);
        try
        {
            await sluice.Up();
            return sluice;
        }
        catch
        {
            await sluice.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it (again) over the same data, database and port.</summary>
    public async Task Up(bool waitUntilReady = true)
    {
        if (_child is not null) await _child.DisposeAsync();
        // SIGTERM on the parent's death lets it take a private PostgreSQL along.
        _child = ChildProcess.Start(Command("serve", [.. _options.Arguments]) with { ParentDeathSignal = "TERM" });
        if (waitUntilReady) await WaitUntilReady();
    }

    public async Task WaitUntilReady()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Until.True(
            async () =>
            {
                if (Child.HasExited)
                    throw new InvalidOperationException($"sluice ended with {Child.ExitCode}:\n{Child.Output}");
                return await IsReady(http);
            },
            "sluice is ready", Patience);
    }

    /// <summary>kill -9, and gone when this returns.</summary>
    public async Task Crash()
    {
        Child.Kill();
        await Child.WaitForExit(TimeSpan.FromSeconds(10));
    }

    /// <summary>SIGTERM: drains; returns the exit code.</summary>
    public async Task<int> Shutdown(TimeSpan? limit = null)
    {
        Child.Terminate();
        return await Child.WaitForExit(limit ?? TimeSpan.FromSeconds(60));
    }

    /// <summary>Runs a verb of the command line over the same data and database; returns what it printed.</summary>
    public Task<string> Verb(params string[] arguments) =>
        ChildProcess.Run(Command(arguments[0], arguments[1..]), TimeSpan.FromSeconds(60));

    /// <summary>Runs a verb with <c>--json</c> and reads its answer.</summary>
    public async Task<JsonElement> VerbJson(params string[] arguments)
    {
        var text = await Verb([.. arguments, "--json"]);
        var start = text.AsSpan().IndexOfAny('{', '[');
        if (start < 0) throw new InvalidOperationException($"sluice {string.Join(' ', arguments)} said: {text}");
        using var document = JsonDocument.Parse(text[start..]);
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is not null) await _child.DisposeAsync();
        await EndPrivateDatabase();
        _own?.Dispose();
    }

    private ChildCommand Command(string verb, params IReadOnlyList<string> arguments)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["SLUICE_URLS"] = BaseUrl.ToString().TrimEnd('/'),
            ["SLUICE_DATA"] = Data,
            ["SLUICE_DATABASE"] = _options.Database,
            ["DOTNET_gcServer"] = null,
        };
        // Without a server for it, what needs mail is closed: here it is kept, unless a test says otherwise.
        if (!_options.Environment.ContainsKey("SLUICE_MAIL__HOST")) environment["SLUICE_MAIL__KEEP"] = "true";
        foreach (var (name, value) in _options.Environment) environment[name] = value;
        var (program, first) = Executable();
        if (_options.OwnSession) (program, first) = ("setsid", [program, .. first]);
        return new ChildCommand(program, [.. first, verb, .. arguments]) { Environment = environment };
    }

    private (string Program, string[] First) Executable()
    {
        var chosen = _options.Executable ?? Environment.GetEnvironmentVariable("SLUICE_EXE");
        if (chosen is not null) return (chosen, []);
        var host = Path.Combine(AppContext.BaseDirectory, "sluice");
        return File.Exists(host) ? (host, []) : ("dotnet", [Path.Combine(AppContext.BaseDirectory, "sluice.dll")]);
    }

    private async Task<bool> IsReady(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(BaseUrl, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>Process id of the private PostgreSQL of this data directory; null where none runs.</summary>
    public int? PrivateDatabasePid
    {
        get
        {
            if (!Directory.Exists(Data)) return null;
            foreach (var file in Directory.EnumerateFiles(Data, "postmaster.pid", SearchOption.AllDirectories))
            {
                var pid = int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture);
                if (ChildProcess.IsAlive(pid)) return pid;
            }
            return null;
        }
    }

    /// <summary>A killed gateway leaves its private PostgreSQL behind for the next start; after the last one it goes.</summary>
    private async Task EndPrivateDatabase()
    {
        if (PrivateDatabasePid is not { } pid) return;
        await ChildProcess.Run(
            new ChildCommand("kill", "-INT", pid.ToString(CultureInfo.InvariantCulture)), TimeSpan.FromSeconds(5));
        await Until.True(() => !ChildProcess.IsAlive(pid), "the private PostgreSQL ends");
    }
}
