using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Sluice.Integration.Origins;

namespace Sluice.Integration.Rooms.Providers;

/// <summary>
/// An OpenID provider of the tests' own, by https, strict in what it takes: codes work once, for the verifier and the client
/// that they were asked for. What it gives it can be made to get wrong.
/// </summary>
internal sealed class StandInProvider : IAsyncDisposable
{
    public const string ClientId = "sluice at the tests";
    public const string ClientSecret = "secret: of/the+tests";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sluice-provider");
    private readonly Authority _authority = new("Test providers");
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Granted> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Granted> _tokens = new(StringComparer.Ordinal);
    private readonly Func<DateTimeOffset> _now;
    private RSA _rsa = RSA.Create(2048);
    private int _generation = 1;
    private int _tokenRequests;

    private StandInProvider(Func<DateTimeOffset> now)
    {
        _now = now;
        AuthorityFile = Path.Combine(_folder.FullName, "authority.pem");
        File.WriteAllText(AuthorityFile, _authority.Pem);
        var certificate = _authority.Issue(ended: false, "localhost");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        _app = builder.Build();
        _app.Use((http, next) => Instead.TryGetValue(http.Request.Path, out var instead) ? instead(http) : next(http));
        _app.MapGet("/.well-known/openid-configuration", () => Results.Json(Metadata()));
        _app.MapGet("/keys", Keys);
        _app.MapPost("/token", (Delegate)Token);
        _app.MapGet("/userinfo", UserInfo);
        _app.MapPost("/login/oauth/access_token", (Delegate)Token);
    }

    public string AuthorityFile { get; }
    public string Url { get; private set; } = "";

    /// <summary>What answers at a path in place of what belongs there.</summary>
    public ConcurrentDictionary<string, Func<HttpContext, Task>> Instead { get; } = new(StringComparer.Ordinal);

    /// <summary>Changes the discovery document.</summary>
    public Action<Dictionary<string, object>> Discovery { get; set; } = _ => { };

    /// <summary>Makes the ID token of its header and its claims in place of the right signature.</summary>
    public Func<Dictionary<string, object>, string>? Forge { get; set; }

    /// <summary>Whether address and name are told at the userinfo endpoint alone.</summary>
    public bool TellsApart { get; set; }

    /// <summary>Whose address the userinfo endpoint tells, in place of the right one.</summary>
    public string? OtherSubject { get; set; }

    public int TokenRequests => _tokenRequests;

    public string KeyId => $"key-{_generation}";

    public static async Task<StandInProvider> Start(Func<DateTimeOffset> now)
    {
        var provider = new StandInProvider(now);
        await provider._app.StartAsync();
        provider.Url = $"https://localhost:{new Uri(provider._app.Urls.Single()).Port}";
        return provider;
    }

    /// <summary>Somebody signs in there: the code that goes back, for what the address asks.</summary>
    public string Enter(Uri authorize, string subject, string? email = null, Action<Dictionary<string, object>>? change = null)
    {
        var asked = QueryHelpers.ParseQuery(authorize.Query).ToDictionary(one => one.Key, one => one.Value.ToString());
        if (asked["client_id"] != ClientId || asked["code_challenge_method"] != "S256")
            throw new InvalidOperationException($"{authorize} is no address of this client.");
        var now = _now().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = Url,
            ["aud"] = ClientId,
            ["sub"] = subject,
            ["iat"] = now,
            ["exp"] = now + 300,
            ["email"] = email ?? $"{subject}@example.org",
            ["email_verified"] = true,
            ["name"] = $"Person {subject}",
        };
        if (asked.TryGetValue("nonce", out var nonce)) claims["nonce"] = nonce;
        if (asked.ContainsKey("max_age")) claims["auth_time"] = now;
        change?.Invoke(claims);
        var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _codes[code] = new Granted(asked["code_challenge"], asked["redirect_uri"], claims);
        return code;
    }

    public void Rotate()
    {
        _rsa.Dispose();
        _rsa = RSA.Create(2048);
        _generation++;
    }

    public string Sign(Dictionary<string, object> claims, string? id = null, RSA? by = null)
    {
        var text = $"{Part(new { alg = "RS256", typ = "JWT", kid = id ?? KeyId })}.{Part(claims)}";
        return $"{text}.{Base64Url.EncodeToString(
            (by ?? _rsa).SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private Dictionary<string, object> Metadata()
    {
        var document = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["issuer"] = Url,
            ["authorization_endpoint"] = Url + "/authorize?tenant=1",
            ["token_endpoint"] = Url + "/token",
            ["jwks_uri"] = Url + "/keys",
            ["userinfo_endpoint"] = Url + "/userinfo",
        };
        Discovery(document);
        return document;
    }

    private async Task<IResult> Token(HttpContext http)
    {
        Interlocked.Increment(ref _tokenRequests);
        var form = await http.Request.ReadFormAsync();
        if (!IsClient(http, form)) return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        if (!_codes.TryRemove(form["code"].ToString(), out var granted) || granted.Redirect != form["redirect_uri"]
            || granted.Challenge != Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))))
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _tokens[token] = granted;
        var told = new Dictionary<string, object>(granted.Claims, StringComparer.Ordinal);
        if (TellsApart) foreach (var name in new[] { "email", "email_verified", "name" }) told.Remove(name);
        return Results.Json(new { access_token = token, token_type = "Bearer", id_token = Forge?.Invoke(told) ?? Sign(told) });
    }

    private static bool IsClient(HttpContext http, IFormCollection form)
    {
        var basic = $"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(ClientSecret)}";
        return http.Request.Headers.Authorization == $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(basic))}"
            || (form["client_id"] == ClientId && form["client_secret"] == ClientSecret);
    }

    private IResult UserInfo(HttpContext http)
    {
        if (!_tokens.TryGetValue(http.Request.Headers.Authorization.ToString().Split(' ')[^1], out var granted))
            return Results.StatusCode(401);
        var told = new Dictionary<string, object>(granted.Claims, StringComparer.Ordinal);
        if (OtherSubject is not null) told["sub"] = OtherSubject;
        return Results.Json(told);
    }

    private IResult Keys()
    {
        var rsa = _rsa.ExportParameters(false);
        return Results.Json(new
        {
            keys = new[]
            {
                new
                {
                    kty = "RSA", use = "sig", alg = "RS256", kid = KeyId, n = Base64Url.EncodeToString(rsa.Modulus),
                    e = Base64Url.EncodeToString(rsa.Exponent),
                },
            },
        });
    }

    private sealed record Granted(string Challenge, string Redirect, Dictionary<string, object> Claims);
}
