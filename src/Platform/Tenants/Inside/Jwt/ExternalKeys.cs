using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>
/// The keys of the outside issuer: fetched by https, kept for a while, fetched again when a token names one that is not known.
/// However many tokens name unknown keys, the issuer is asked seldom; and while it does not answer, what was known holds for
/// as long again.
/// </summary>
internal sealed partial class ExternalKeys(
    IOptions<ExternalIssuerOptions> options, TimeProvider time, ILogger<ExternalKeys> log) : IDisposable
{
    private const int AnswerBytesMax = 256 * 1024;
    private const string Discovery = "/.well-known/openid-configuration";

    private readonly SemaphoreSlim _fetching = new(1);
    private readonly Lazy<HttpClient> _http = new(() => Client(options.Value));
    private volatile Known _known = Known.None;
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;

    private TimeSpan KeptFor => TimeSpan.FromMinutes(options.Value.KeysMinutes);

    public async Task<VerifyingKey?> Find(string id, CancellationToken ct)
    {
        var known = _known;
        if (known.Keys.TryGetValue(id, out var key))
        {
            var age = time.GetUtcNow() - known.At;
            if (age < KeptFor) return key;
            // Whoever comes while somebody asks goes on with what there is.
            if (age < 2 * KeptFor && _fetching.CurrentCount == 0) return key;
        }
        await Fetch(known, ct);
        known = _known;
        return time.GetUtcNow() - known.At < 2 * KeptFor ? known.Keys.GetValueOrDefault(id) : null;
    }

    public void Dispose()
    {
        _fetching.Dispose();
        if (_http.IsValueCreated) _http.Value.Dispose();
    }

    private async Task Fetch(Known seen, CancellationToken ct)
    {
        await _fetching.WaitAsync(ct);
        try
        {
            // Somebody fetched while this one waited.
            if (!ReferenceEquals(seen, _known)) return;
            var now = time.GetUtcNow();
            if (now - _askedAt < TimeSpan.FromSeconds(options.Value.RefetchSeconds)) return;
            _askedAt = now;
            if (await Ask() is { } keys) _known = new Known(keys, time.GetUtcNow());
        }
        finally
        {
            _fetching.Release();
        }
    }

    // Not by the request's own end: others wait for the same answer.
    private async Task<IReadOnlyDictionary<string, VerifyingKey>?> Ask()
    {
        try
        {
            var url = options.Value.KeysUrl ?? await Discover();
            if (url is null)
            {
                LogRefused("its discovery document names another issuer, or no https address of keys");
                return null;
            }
            var keys = JsonKeys.Read(await _http.Value.GetByteArrayAsync(new Uri(url), CancellationToken.None));
            if (keys is null) LogRefused("what it sent is no set of keys");
            return keys;
        }
        // A time-out is a cancellation of the client's own.
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or IOException)
        {
            LogAway(fault.Message);
            return null;
        }
    }

    private async Task<string?> Discover()
    {
        var issuer = options.Value.Url!;
        var json = await _http.Value.GetByteArrayAsync(new Uri(issuer.TrimEnd('/') + Discovery), CancellationToken.None);
        if (JwtText.Object(json) is not { } document) return null;
        var claims = new JwtClaims(document);
        return claims.Text("issuer") == issuer && claims.Text("jwks_uri") is { } keys
            && Uri.TryCreate(keys, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
                ? keys
                : null;
    }

    private static HttpClient Client(ExternalIssuerOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            // Where the keys are is what the operator said.
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (options.AuthorityFile is { } file)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(file);
            handler.SslOptions.CertificateChainPolicy = policy;
        }
        return new HttpClient(handler)
        {
            Timeout = TimeSpan.FromMilliseconds(options.TimeoutMs),
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
    }

    [LoggerMessage(3101, LogLevel.Warning, "The keys of the outside issuer are not to be had: {Why}")]
    private partial void LogAway(string why);

    [LoggerMessage(3102, LogLevel.Warning, "The keys of the outside issuer are not taken: {Why}")]
    private partial void LogRefused(string why);

    private sealed record Known(IReadOnlyDictionary<string, VerifyingKey> Keys, DateTimeOffset At)
    {
        public static readonly Known None =
            new(new Dictionary<string, VerifyingKey>(StringComparer.Ordinal), DateTimeOffset.MinValue);
    }
}
