using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Sluice.Integration.Chaos;
using Sluice.Integration.Origins;
using Sluice.Integration.Processes;
using Sluice.Platform.Keys;
using Xunit;
using PostgresCluster = Sluice.Integration.Postgres.PostgresCluster;

namespace Sluice.Integration.Upstreams;

/// <summary>
/// A running gateway that trusts one authority beside the system's, as an operator would have it, with listeners over
/// TLS and without, and whatever origins its tests start.
/// </summary>
public sealed class TlsHouse(PostgresCluster postgres) : IAsyncLifetime
{
    private readonly TemporaryDirectory _files = new("tls");
    private readonly Authority _trusted = new("Sluice test authority");
    private Installation _installation = null!;
    private SluiceProcess _process = null!;
    private App _app = null!;
    private int _services;

    public Authority Trusted => _trusted;

    public Authority Stranger { get; } = new("Nobody's authority");

    public string Key { get; private set; } = "";

    public string Url => _process.BaseUrl.ToString().TrimEnd('/');

    public string TlsUrl { get; private set; } = "";

    public string H2cUrl { get; private set; } = "";

    public string Folder => _files.Path;

    /// <summary>A client that trusts the authority too, and no other.</summary>
    public HttpClient Http { get; private set; } = null!;

    public string Output => _process.Output;

    /// <summary>Runs a verb of the command line beside the gateway.</summary>
    public Task<string> Verb(params string[] arguments) => _process.Verb(arguments);

    internal Installation Installation => _installation;

    public async ValueTask InitializeAsync()
    {
        var roots = _files["roots.pem"];
        await File.WriteAllTextAsync(roots, _trusted.Pem);
        var (certificate, key) = _trusted.Write(Folder, "gateway", ended: false, "localhost", "127.0.0.1");
        _installation = await Installation.Open(await postgres.CreateDatabase(), "http://127.0.0.1:1");
        _app = await _installation.CreateApp();
        Key = (await _installation.CreateKey(_app)).Secret;
        int plain = FreePort.Next(), tls = FreePort.Next(), h2c = FreePort.Next();
        TlsUrl = At("https", tls);
        H2cUrl = At("http", h2c);
        var options = _installation.Options(
            "gateway,portal", ("SSL_CERT_FILE", roots), ("SLUICE_TLS_CERT", certificate), ("SLUICE_TLS_KEY", key),
            ("SLUICE_URLS", $"{At("http", plain)};{TlsUrl};{At("h2c", h2c)}"));
        _process = await _installation.Start(options with { Port = plain });
        Http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Policy() },
        })
        {
            Timeout = TimeSpan.FromSeconds(20),
        };
    }

    public X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { _trusted.Root },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_installation is not null) await _installation.DisposeAsync();
        _trusted.Dispose();
        Stranger.Dispose();
        _files.Dispose();
    }

    /// <summary>Imports a service over these upstreams and waits until the gateway has it; returns its name.</summary>
    public async Task<string> Service(string protocol, params IReadOnlyList<string> urls)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"service-{Interlocked.Increment(ref _services)}");
        await _installation.Import(new
        {
            name,
            title = name,
            protocol,
            enabled = true,
            prices = new { defaultUnits = 3 },
            limits = new { connectTimeoutMs = 1_000, timeoutMs = 10_000 },
            upstreams = urls.Select((url, i) => new { name = string.Create(CultureInfo.InvariantCulture, $"up{i + 1}"), url }).ToArray(),
        });
        // Without a key it is refused, once it is known at all.
        await Until.True(
            async () =>
            {
                using var answer = await Http.GetAsync(new Uri($"{Url}/v1/{name}"));
                return answer.StatusCode == HttpStatusCode.Unauthorized;
            },
            "the service is there");
        return name;
    }

    public HttpRequestMessage Request(HttpMethod method, string url, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, url) { Content = content };
        request.Headers.TryAddWithoutValidation("X-API-Key", Key);
        return request;
    }

    /// <summary>Posts a JSON-RPC call; its id is 1.</summary>
    public async Task<(int Status, string Text)> Rpc(string service, string method = "eth_getBalance")
    {
        using var request = Request(
            HttpMethod.Post, $"{Url}/v1/{service}",
            new StringContent($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":[]}"""));
        using var answer = await Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<(int Status, string Text)> Get(string service, string path)
    {
        using var request = Request(HttpMethod.Get, $"{Url}/v1/{service}{path}");
        using var answer = await Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    internal IReadOnlyList<BookRecord> Records(string service) =>
        [.. Books.Records(_installation.Journals).Where(record => record.Service == service)];

    private static string At(string scheme, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}");
}
