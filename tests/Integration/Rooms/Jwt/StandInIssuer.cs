using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sluice.Integration.Origins;

namespace Sluice.Integration.Rooms.Jwt;

/// <summary>An issuer of the tests' own, by https: it rotates its keys, sends garbage, or lets one wait.</summary>
internal sealed class StandInIssuer : IAsyncDisposable
{
    public const string Audience = "https://api.example";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sluice-issuer");
    private readonly Authority _authority = new("Test issuers");
    private readonly WebApplication _app;
    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private RSA _rsa = RSA.Create(2048);
    private int _fetches;
    private int _generation = 1;

    public StandInIssuer()
    {
        AuthorityFile = Path.Combine(_folder.FullName, "authority.pem");
        File.WriteAllText(AuthorityFile, _authority.Pem);
        var certificate = _authority.Issue(ended: false, "localhost");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", Discover);
        _app.MapGet("/keys", Keys);
    }

    public string AuthorityFile { get; }
    public string Url { get; private set; } = "";

    /// <summary>What is sent in place of the keys; null sends them.</summary>
    public Func<HttpContext, Task>? Instead { get; set; }

    /// <summary>What the discovery document names as issuer; null: itself.</summary>
    public string? NamedIssuer { get; set; }

    /// <summary>What the discovery document names as the address of the keys.</summary>
    public string? NamedKeys { get; set; }

    /// <summary>How often the keys were asked for.</summary>
    public int Fetches => _fetches;

    public string RsaId => $"rsa-{_generation}";

    public static async Task<StandInIssuer> Start()
    {
        var issuer = new StandInIssuer();
        await issuer._app.StartAsync();
        issuer.Url = $"https://localhost:{new Uri(issuer._app.Urls.Single()).Port}";
        return issuer;
    }

    public void Rotate()
    {
        _rsa.Dispose();
        _rsa = RSA.Create(2048);
        _generation++;
    }

    public string Token(
        DateTimeOffset now, string subject, Action<Dictionary<string, object>>? change = null, string algorithm = "RS256", string? id = null,
        string type = "JWT")
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = Url,
            ["aud"] = new[] { Audience, Url + "/userinfo" },
            ["sub"] = subject,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.ToUnixTimeSeconds() + 3600,
        };
        change?.Invoke(claims);
        var header = new { alg = algorithm, typ = type, kid = id ?? (algorithm == "ES256" ? "curve" : RsaId) };
        var text = $"{Part(header)}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = algorithm == "ES256"
            ? _curve.SignData(bytes, HashAlgorithmName.SHA256)
            : _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
        _curve.Dispose();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private IResult Discover() => Results.Json(new { issuer = NamedIssuer ?? Url, jwks_uri = NamedKeys ?? Url + "/keys" });

    private async Task Keys(HttpContext http)
    {
        Interlocked.Increment(ref _fetches);
        if (Instead is { } instead)
        {
            await instead(http);
            return;
        }
        var (rsa, point) = (_rsa.ExportParameters(false), _curve.ExportParameters(false).Q);
        await http.Response.WriteAsJsonAsync(new
        {
            keys = new object[]
            {
                new
                {
                    kty = "RSA", use = "sig", alg = "RS256", kid = RsaId, n = Base64Url.EncodeToString(rsa.Modulus),
                    e = Base64Url.EncodeToString(rsa.Exponent), x5c = new[] { "AAAA" },
                },
                new
                {
                    kty = "EC", crv = "P-256", kid = "curve", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y),
                },
                new { kty = "OKP", crv = "Ed25519", kid = "other", x = "AAAA" },
            },
        });
    }
}
