using System.Globalization;
using System.Net.Sockets;
using Sluice.Integration.Processes;

namespace Sluice.Integration.Origins;

/// <summary>A real nginx on a free loopback port, from a configuration with placeholders.</summary>
public sealed class NginxOrigin : IAsyncDisposable
{
    /// <summary>The answer of the built-in configuration to every POST, whatever its id.</summary>
    public const string Answer = """{"jsonrpc":"2.0","id":1,"result":"0x10"}""";

    private const string BuiltIn = """
        worker_processes 1;
        daemon off;
        pid {home}/nginx.pid;
        error_log stderr warn;
        events { worker_connections 1024; }
        http {
            access_log off;
            client_body_temp_path {home}/body;
            proxy_temp_path {home}/proxy;
            fastcgi_temp_path {home}/fastcgi;
            uwsgi_temp_path {home}/uwsgi;
            scgi_temp_path {home}/scgi;
            keepalive_requests 1000000000;
            server {
                listen 127.0.0.1:{port};
                client_max_body_size 64m;
                location / {
                    default_type application/json;
                    return 200 '{answer}';
                }
                location /files/ { root {home}; {files} }
            }
        }
        """;

    private readonly TemporaryDirectory _home;
    private readonly ChildProcess _nginx;

    private NginxOrigin(TemporaryDirectory home, ChildProcess nginx, int port)
    {
        _home = home;
        _nginx = nginx;
        Port = port;
    }

    public int Port { get; }

    public int Pid => _nginx.Pid;

    /// <summary>The folder that {home} stands for.</summary>
    public string Home => _home.Path;

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>Files put here are served under /files/.</summary>
    public string Files => Directory.CreateDirectory(_home["files"]).FullName;

    /// <param name="configuration">
    /// A configuration in which {port} and {home} are filled in, and the given places; null takes the built-in one.
    /// </param>
    /// <param name="files">More directives for what is served under /files/.</param>
    public static async Task<NginxOrigin> Start(
        string? configuration = null, IReadOnlyDictionary<string, string>? places = null, int? onPort = null,
        string files = "")
    {
        var home = new TemporaryDirectory("nginx");
        var port = onPort ?? FreePort.Next();
        var text = (configuration ?? BuiltIn)
            .Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{home}", home.Path, StringComparison.Ordinal)
            .Replace("{answer}", Answer, StringComparison.Ordinal)
            .Replace("{files}", files, StringComparison.Ordinal);
        foreach (var (name, value) in places ?? new Dictionary<string, string>())
            text = text.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        await File.WriteAllTextAsync(home["nginx.conf"], text);
        // The master takes its workers along on SIGTERM, and would leave them behind on SIGKILL.
        var nginx = ChildProcess.Start(
            new ChildCommand("nginx", "-p", home.Path, "-c", home["nginx.conf"], "-e", "stderr", "-g", UserLine)
            {
                ParentDeathSignal = "TERM",
            });
        var origin = new NginxOrigin(home, nginx, port);
        try
        {
            await Until.True(origin.Listens, "nginx listens");
            return origin;
        }
        catch
        {
            await origin.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _nginx.DisposeAsync();
        _home.Dispose();
    }

    /// <summary>Started as root, workers stay root: they must reach the temporary directory.</summary>
    private static string UserLine => Environment.UserName == "root" ? "user root;" : "pcre_jit on;";

    private bool Listens()
    {
        if (_nginx.HasExited) throw new InvalidOperationException($"nginx ended at once: {_nginx.Output}");
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Connect("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
