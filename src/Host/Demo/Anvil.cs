using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Host.Demo;

/// <summary>
/// A local EVM chain for the demo: <c>anvil</c> on a free loopback port, its state kept in the data folder. It has a
/// session of its own, so that a Ctrl-C reaches the gateway first, and ends with this process however that ends.
/// </summary>
internal sealed class Anvil : IAsyncDisposable
{
    private static readonly TimeSpan StartLongest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLongest = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource<Process> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly string _urlFile;

    private Anvil(string url, string folder) => (Url, _urlFile) = (url, Path.Combine(folder, UrlFileName));

    /// <summary>Name of the file that tells commands in other processes where the chain listens now.</summary>
    public const string UrlFileName = "chain.url";

    public string Url { get; }

    /// <summary>The program: <c>SLUICE_DEMO_ANVIL</c> or the first in PATH; null when it is not installed.</summary>
    public static string? Find(string? configured)
    {
        if (configured is not null) return File.Exists(configured) ? configured : null;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "anvil")).FirstOrDefault(File.Exists);
    }

    public static async Task<Anvil> Start(string program, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder, DataFolder.Private);
        var port = FreePort();
        var anvil = new Anvil(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"), folder);
        var start = new ProcessStartInfo("setsid", [
            "setpriv", "--pdeathsig", "TERM", program, "--host", "127.0.0.1",
            "--port", port.ToString(CultureInfo.InvariantCulture), "--chain-id", "31337", "--silent",
            "--state", Path.Combine(folder, "chain.json"), "--state-interval", "10"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        // The signal at a parent's death follows the thread that started the child, so that thread has to stay.
        var thread = new Thread(() => anvil.Keep(start)) { IsBackground = true, Name = "anvil" };
        thread.Start();
        await anvil._started.Task;
        try
        {
            await anvil.WaitReady(ct);
            await File.WriteAllTextAsync(anvil._urlFile, anvil.Url, ct);
            return anvil;
        }
        catch
        {
            await anvil.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        var process = await _started.Task;
        File.Delete(_urlFile);
        if (!_ended.Task.IsCompleted) Posix.Signal(process.Id, Posix.SigTerm); // Writes its state, then ends.
        try
        {
            await _ended.Task.WaitAsync(StopLongest);
        }
        catch (TimeoutException)
        {
            Posix.Signal(process.Id, Posix.SigKill);
            await _ended.Task;
        }
        process.Dispose();
    }

    private void Keep(ProcessStartInfo start)
    {
        try
        {
            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            _started.SetResult(process);
            process.WaitForExit();
            _ended.SetResult();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            _started.SetException(new HostFault(
                $"The demo chain could not be started: {error.Message} (setsid and setpriv come with util-linux)."));
        }
    }

    private async Task WaitReady(CancellationToken ct)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            Timeout = TimeSpan.FromSeconds(5),
        };
        var since = TimeProvider.System.GetTimestamp();
        while (!_ended.Task.IsCompleted && TimeProvider.System.GetElapsedTime(since) < StartLongest)
        {
            try
            {
                using var question = new StringContent(
                    """{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}""", Encoding.UTF8, "application/json");
                using var answer = await http.PostAsync(new Uri(Url), question, ct);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(50, ct);
        }
        throw new HostFault("The demo chain (anvil) does not start. Start without it: --no-demo.");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
