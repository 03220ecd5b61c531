using Sluice.Platform.Tenants.Inside.Jwt;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>What a provider's discovery document says (OpenID Connect Discovery, 3).</summary>
internal sealed record OpenIdMetadata(
    string Authorize, string Token, string Keys, string? UserInfo, SecretSending Authentication, bool NamesIssuer)
{
    public const string Path = "/.well-known/openid-configuration";

    /// <summary>Null, with the reason, where it does not fit.</summary>
    public static OpenIdMetadata? Read(JwtClaims document, string issuer, out string why)
    {
        why = "";
        if (document.Text("issuer") != issuer)
            why = "its discovery document names another issuer than ISSUER does; they must be equal to the last slash";
        else if (!ProviderAddress.IsHttps(document.Text("authorization_endpoint"))
            || !ProviderAddress.IsHttps(document.Text("token_endpoint")) || !ProviderAddress.IsHttps(document.Text("jwks_uri")))
            why = "its discovery document lacks an https address of authorization_endpoint, token_endpoint or jwks_uri";
        if (why.Length > 0) return null;
        var userInfo = document.Text("userinfo_endpoint");
        var methods = document.Texts("token_endpoint_auth_methods_supported");
        return new OpenIdMetadata(
            document.Text("authorization_endpoint")!, document.Text("token_endpoint")!, document.Text("jwks_uri")!,
            ProviderAddress.IsHttps(userInfo) ? userInfo : null,
            // Basic is what is meant where nothing is said.
            methods.Contains("client_secret_post", StringComparer.Ordinal)
                && !methods.Contains("client_secret_basic", StringComparer.Ordinal)
                    ? SecretSending.Post
                    : SecretSending.Basic,
            document.IsTrue("authorization_response_iss_parameter_supported"));
    }
}

/// <summary>
/// The discovery document of a provider: fetched at first need, kept for an hour, and for a day where the provider does not
/// answer. Who comes while it is away is told so at once: it is asked every few seconds only.
/// </summary>
internal sealed class OpenIdDiscovery(ProviderSettings settings, ProviderLine line, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeptAway = TimeSpan.FromDays(1);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _fetching = new(1);
    private volatile Known? _known;
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;

    public async Task<OpenIdMetadata?> Find(CancellationToken ct)
    {
        if (_known is { } known && time.GetUtcNow() - known.At < Kept) return known.Metadata;
        await _fetching.WaitAsync(ct);
        try
        {
            var now = time.GetUtcNow();
            if ((_known is null || now - _known.At >= Kept) && now - _askedAt >= Again)
            {
                _askedAt = now;
                // Not by the request's own end: others wait for the same answer.
                if (await Fetch() is { } metadata) _known = new Known(metadata, time.GetUtcNow());
            }
            return _known is { } latest && now - latest.At < KeptAway ? latest.Metadata : null;
        }
        finally
        {
            _fetching.Release();
        }
    }

    public void Dispose() => _fetching.Dispose();

    private async Task<OpenIdMetadata?> Fetch()
    {
        var answer = await line.Ask(
            "its discovery document",
            () => new HttpRequestMessage(HttpMethod.Get, settings.Issuer.TrimEnd('/') + OpenIdMetadata.Path),
            CancellationToken.None);
        if (answer is null) return null;
        var why = $"its discovery document came with status {(int)answer.Status}, or is no JSON object";
        if (answer is { IsGood: true, Claims: { } document }
            && OpenIdMetadata.Read(document, settings.Issuer, out why) is { } read) return read;
        line.Refused(why);
        return null;
    }

    private sealed record Known(OpenIdMetadata Metadata, DateTimeOffset At);
}
