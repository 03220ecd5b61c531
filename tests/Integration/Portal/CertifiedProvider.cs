using System.Text.Json;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;

namespace Sluice.Integration.Portal;

/// <summary>
/// The npm package oidc-provider, which is certified, over TLS: whoever types an address is its owner. <c>./do test</c> brings it.
/// </summary>
internal sealed class CertifiedProvider : IAsyncDisposable
{
    public const string Client = "sluice";
    public const string Secret = "secret of the tests";

    private readonly TemporaryDirectory _folder;
    private readonly Authority _authority;
    private readonly ChildProcess _process;

    private CertifiedProvider(TemporaryDirectory folder, Authority authority, ChildProcess process)
    {
        (_folder, _authority, _process) = (folder, authority, process);
        AuthorityFile = Path.Combine(folder.Path, "authority.pem");
        File.WriteAllText(AuthorityFile, authority.Pem);
    }

    public string AuthorityFile { get; }

    public string Issuer { get; private set; } = "";

    public static async Task<CertifiedProvider> Start(string redirect)
    {
        var folder = new TemporaryDirectory("provider");
        var authority = new Authority("Test providers");
        var (certificate, key) = authority.Write(folder.Path, "provider", ended: false, "localhost");
        var settings = JsonSerializer.Serialize(
            new { modules = Place("artifacts/provider", "node_modules"), certificate, key, client = Client, secret = Secret, redirect });
        var process = ChildProcess.Start(new ChildCommand("node", Place("tests/Provider/provider.mjs", ""))
        {
            Environment = new Dictionary<string, string?> { ["PROVIDER_SETTINGS"] = settings },
        });
        var provider = new CertifiedProvider(folder, authority, process);
        try
        {
            await Until.True(() => provider.IsListening() || process.HasExited, "the provider listens", TimeSpan.FromSeconds(60));
            if (process.HasExited) throw new InvalidOperationException($"The provider ended: {process.Output}");
            return provider;
        }
        catch
        {
            await provider.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    private bool IsListening()
    {
        const string mark = "listening ";
        var line = _process.Output.Split('\n').FirstOrDefault(one => one.StartsWith(mark, StringComparison.Ordinal));
        if (line is not null) Issuer = line[mark.Length..].Trim();
        return line is not null;
    }

    private static string Place(string path, string inside)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, path);
            if (Path.Exists(Path.Combine(candidate, inside))) return candidate;
        }
        throw new InvalidOperationException($"There is no {path}: ./do test brings it.");
    }
}
