using System.Security.Cryptography.X509Certificates;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>
/// The keys of somebody else: fetched by https, kept for a while, fetched again when a token names one that is not known.
/// However many tokens name unknown keys, their owner is asked seldom; and while it does not answer, what was known holds
/// for as long again.
/// </summary>
/// <param name="timing">How long, and how often.</param>
/// <param name="http">Bounded in time and size: <see cref="OutsideClient"/>.</param>
/// <param name="address">Where they are; null where that is not to be known, which it tells itself.</param>
/// <param name="tell">Whose keys could not be had, and why.</param>
/// <param name="time">The clock.</param>
internal sealed class OutsideKeys(
    KeyTiming timing, Func<HttpClient> http, Func<CancellationToken, Task<string?>> address, Action<string, bool> tell,
    TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _fetching = new(1);
    private volatile Known _known = Known.None;
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;

    public async Task<VerifyingKey?> Find(string id, CancellationToken ct)
    {
        var known = _known;
        if (known.Keys.TryGetValue(id, out var key))
        {
            var age = time.GetUtcNow() - known.At;
            if (age < timing.Kept) return key;
            // Whoever comes while somebody asks goes on with what there is.
            if (age < 2 * timing.Kept && _fetching.CurrentCount == 0) return key;
        }
        await Fetch(known, ct);
        known = _known;
        return time.GetUtcNow() - known.At < 2 * timing.Kept ? known.Keys.GetValueOrDefault(id) : null;
    }

    public void Dispose() => _fetching.Dispose();

    private async Task Fetch(Known seen, CancellationToken ct)
    {
        await _fetching.WaitAsync(ct);
        try
        {
            // Somebody fetched while this one waited.
            if (!ReferenceEquals(seen, _known)) return;
            var now = time.GetUtcNow();
            if (now - _askedAt < timing.Again) return;
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
            if (await address(CancellationToken.None) is not { } url) return null;
            var keys = JsonKeys.Read(await http().GetByteArrayAsync(new Uri(url), CancellationToken.None));
            if (keys is null) tell("what it sent is no set of keys", true);
            return keys;
        }
        // A time-out is a cancellation of the client's own.
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or IOException)
        {
            tell(fault.Message, false);
            return null;
        }
    }

    private sealed record Known(IReadOnlyDictionary<string, VerifyingKey> Keys, DateTimeOffset At)
    {
        public static readonly Known None =
            new(new Dictionary<string, VerifyingKey>(StringComparer.Ordinal), DateTimeOffset.MinValue);
    }
}

/// <param name="Kept">How long keys are taken for present.</param>
/// <param name="Again">The least time between two fetches.</param>
internal readonly record struct KeyTiming(TimeSpan Kept, TimeSpan Again);

/// <summary>How a server that the settings name is asked: bounded in time and size, by no detour, with no memory.</summary>
internal static class OutsideClient
{
    public const int AnswerBytesMax = 256 * 1024;

    public static HttpClient Make(int timeoutMs, string? authorityFile)
    {
        var handler = new SocketsHttpHandler
        {
            // Where things are is what the operator said.
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (authorityFile is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(authorityFile);
            handler.SslOptions.CertificateChainPolicy = policy;
        }
        return new HttpClient(handler)
        {
            Timeout = TimeSpan.FromMilliseconds(timeoutMs),
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
    }
}
