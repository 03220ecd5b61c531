using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>The keys of the outside issuer: where the settings say, or where its discovery document does.</summary>
internal sealed partial class ExternalKeys : IDisposable
{
    private const string Discovery = "/.well-known/openid-configuration";

    private readonly IOptions<ExternalIssuerOptions> _options;
    private readonly ILogger<ExternalKeys> _log;
    private readonly Lazy<HttpClient> _http;
    private readonly Lazy<OutsideKeys> _keys;

    public ExternalKeys(IOptions<ExternalIssuerOptions> options, TimeProvider time, ILogger<ExternalKeys> log)
    {
        (_options, _log) = (options, log);
        _http = new(() => OutsideClient.Make(options.Value.TimeoutMs, options.Value.AuthorityFile));
        _keys = new(() => new OutsideKeys(
            new KeyTiming(TimeSpan.FromMinutes(options.Value.KeysMinutes), TimeSpan.FromSeconds(options.Value.RefetchSeconds)),
            () => _http.Value, Address, Tell, time));
    }

    public Task<VerifyingKey?> Find(string id, CancellationToken ct) => _keys.Value.Find(id, ct);

    public void Dispose()
    {
        if (_keys.IsValueCreated) _keys.Value.Dispose();
        if (_http.IsValueCreated) _http.Value.Dispose();
    }

    private async Task<string?> Address(CancellationToken ct)
    {
        if (_options.Value.KeysUrl is { } told) return told;
        var issuer = _options.Value.Url!;
        var json = await _http.Value.GetByteArrayAsync(new Uri(issuer.TrimEnd('/') + Discovery), ct);
        if (JwtText.Object(json) is { } document && new JwtClaims(document) is var claims && claims.Text("issuer") == issuer
            && claims.Text("jwks_uri") is { } keys && Uri.TryCreate(keys, UriKind.Absolute, out var url)
            && url.Scheme == Uri.UriSchemeHttps)
        {
            return keys;
        }
        LogRefused("its discovery document names another issuer, or no https address of keys");
        return null;
    }

    private void Tell(string why, bool refused)
    {
        if (refused) LogRefused(why);
        else LogAway(why);
    }

    [LoggerMessage(3101, LogLevel.Warning, "The keys of the outside issuer are not to be had: {Why}")]
    private partial void LogAway(string why);

    [LoggerMessage(3102, LogLevel.Warning, "The keys of the outside issuer are not taken: {Why}")]
    private partial void LogRefused(string why);
}
