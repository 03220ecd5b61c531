using System.Globalization;
using System.Text;
using Sluice.Integration.Processes;

namespace Sluice.Integration.Origins;

/// <summary>A real EVM chain on loopback: anvil, chain id 31337, its ten funded accounts, a block per transaction.</summary>
public sealed class AnvilNode : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly ChildProcess _anvil;

    private AnvilNode(ChildProcess anvil, int port)
    {
        _anvil = anvil;
        Port = port;
    }

    public int Port { get; }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    public string SocketUrl => string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{Port}");

    public ChildProcess Process => _anvil;

    /// <summary>The executable: SLUICE_DEMO_ANVIL, else where <c>./do</c> puts it; null when there is none.</summary>
    public static string? Executable
    {
        get
        {
            if (Environment.GetEnvironmentVariable("SLUICE_DEMO_ANVIL") is { Length: > 0 } chosen) return chosen;
            const string place = "artifacts/demo/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            {
                var candidate = Path.Combine(at.FullName, place);
                if (File.Exists(candidate)) return candidate;
            }
            return null;
        }
    }

    public static async Task<AnvilNode> Start(params IReadOnlyList<string> arguments)
    {
        var program = Executable ?? throw new InvalidOperationException("No anvil: ./do test installs it.");
        var port = FreePort.Next();
        var anvil = ChildProcess.Start(new ChildCommand(
            program,
            ["--host", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--silent", .. arguments]));
        var node = new AnvilNode(anvil, port);
        try
        {
            await Until.True(node.Answers, "anvil answers", TimeSpan.FromSeconds(60));
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls the node directly and returns the answer's raw JSON.</summary>
    public async Task<string> Call(string method, string parameters = "[]")
    {
        using var body = new StringContent(
            $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""",
            Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(Url), body);
        return await answer.Content.ReadAsStringAsync();
    }

    public ValueTask DisposeAsync() => _anvil.DisposeAsync();

    private async Task<bool> Answers()
    {
        if (_anvil.HasExited) throw new InvalidOperationException($"anvil ended at once: {_anvil.Output}");
        try
        {
            return (await Call("eth_chainId")).Contains("0x7a69", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
