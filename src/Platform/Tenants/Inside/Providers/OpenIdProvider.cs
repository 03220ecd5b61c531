using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Jwt;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// A provider that speaks OpenID Connect: authorization code with PKCE (RFC 7636) and nonce, its ID token judged as OpenID
/// Connect Core 3.1.3.7 asks, its signature by its published keys although it came over TLS.
/// </summary>
internal sealed class OpenIdProvider : IProviderKind, IDisposable
{
    private static readonly KeyTiming Timing = new(TimeSpan.FromHours(1), TimeSpan.FromSeconds(1));
    private static readonly string[] Types = ["JWT"];
    private static readonly string[] Algorithms = [JsonKeys.Rs256, JsonKeys.Es256];

    private readonly ProviderSettings _settings;
    private readonly ProviderLine _line;
    private readonly TimeProvider _time;
    private readonly OpenIdDiscovery _discovery;
    private readonly OutsideKeys _keys;
    private readonly string _return;

    public OpenIdProvider(ProviderSettings settings, ProviderLine line, string back, TimeProvider time)
    {
        (_settings, _line, _return, _time) = (settings, line, back, time);
        _discovery = new OpenIdDiscovery(settings, line, time);
        _keys = new OutsideKeys(
            Timing, () => line.Client, async ct => (await _discovery.Find(ct))?.Keys,
            (why, refused) =>
            {
                if (refused) line.Refused(why);
                else line.Away(why);
            }, time);
    }

    public async Task<Result<Uri>> Authorize(Journey journey, CancellationToken ct)
    {
        if (await _discovery.Find(ct) is not { } metadata) return ProviderRefusals.Away(_settings.Label);
        var query = new ProviderQuery()
            .With("response_type", "code").With("client_id", _settings.ClientId).With("redirect_uri", _return)
            .With("scope", _settings.Scopes).With("state", journey.State).With("nonce", journey.Nonce)
            .With("code_challenge", journey.Challenge).With("code_challenge_method", "S256");
        if (journey.Aim == ProviderAim.StepUp) query.With("prompt", "login").With("max_age", "0");
        return query.On(metadata.Authorize);
    }

    public async Task<Result<Done>> Judge(ProviderAnswer answer, CancellationToken ct)
    {
        if (await _discovery.Find(ct) is not { } metadata) return ProviderRefusals.Away(_settings.Label);
        if (answer.Issuer == _settings.Issuer || (answer.Issuer is null && !metadata.NamesIssuer))
            return _line.Judge(answer.Error);
        _line.Refused("the answer names another issuer, or none although discovery says that it does (RFC 9207)");
        return ProviderRefusals.Failed(_settings.Label);
    }

    public async Task<Result<Identity>> Redeem(string code, Journey journey, CancellationToken ct)
    {
        if (await _discovery.Find(ct) is not { } metadata) return ProviderRefusals.Away(_settings.Label);
        var answer = await _line.Ask("a token", () => TokenRequest(code, journey, metadata), ct);
        if (answer is null) return ProviderRefusals.Away(_settings.Label);
        if (!answer.IsGood || answer.Claims is not { } tokens)
            return Failed(answer.Fault("its token endpoint"));
        var claims = await Judge(tokens.Text("id_token"), journey, ct);
        if (!claims.Ok) return claims.Refusal;
        if (claims.Value.Has("email") || metadata.UserInfo is null) return IdentityOf(claims.Value, claims.Value);
        // Claims that scopes ask for may be told at the userinfo endpoint alone (OpenID Connect Core, 5.4).
        var told = await UserInfo(metadata.UserInfo, tokens.Text("access_token"), claims.Value.Text("sub")!, ct);
        return told.Ok ? IdentityOf(claims.Value, told.Value) : told.Refusal;
    }

    public void Dispose()
    {
        _discovery.Dispose();
        _keys.Dispose();
    }

    private HttpRequestMessage TokenRequest(string code, Journey journey, OpenIdMetadata metadata)
    {
        List<KeyValuePair<string, string>> form =
        [
            new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", _return),
            new("code_verifier", journey.Verifier),
        ];
        var request = new HttpRequestMessage(HttpMethod.Post, metadata.Token);
        _line.Authenticate(request, form, _settings.TokenAuth ?? metadata.Authentication);
        return request;
    }

    private async Task<Result<JwtClaims>> Judge(string? text, Journey journey, CancellationToken ct)
    {
        if (JwtText.Read(text) is not { KeyId: { } id } token) return Failed("the ID token cannot be read, or names no key");
        // Before any key is looked for.
        if (!Algorithms.Contains(token.Algorithm, StringComparer.Ordinal))
            return Failed("the ID token is signed by another algorithm than RS256 or ES256");
        if (await _keys.Find(id, ct) is not { } key) return Failed("the ID token names a key that is not published");
        var expected = new Expected(_settings.Issuer, _settings.ClientId, Types, TimeSpan.FromSeconds(_settings.SkewSeconds));
        if (await JwtCheck.Check(token, key, expected, _time.GetUtcNow()) != JwtVerdict.Genuine)
            return Failed("the ID token's signature, issuer, audience or times are wrong");
        var claims = token.Claims;
        // Who else it is for must not be able to use it here, and it here (3.1.3.7, 3 to 5).
        if (claims.Has("azp") ? claims.Text("azp") != _settings.ClientId : claims.Texts("aud").Count > 1)
            return Failed("the ID token was made for another client");
        if (!Same(claims.Text("nonce"), journey.Nonce)) return Failed("the ID token has another nonce");
        if (claims.Text("sub") is not { Length: > 0 and <= Identity.SubjectMax } subject || subject.Any(char.IsControl))
            return Failed("the ID token names no subject");
        return claims;
    }

    private async Task<Result<JwtClaims>> UserInfo(string address, string? token, string subject, CancellationToken ct)
    {
        if (token is null || token.Any(c => c is <= ' ' or > '~'))
            return Failed("there is no access token to ask for the address with");
        var answer = await _line.Ask("the person's address", () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return request;
        }, ct);
        if (answer is null) return ProviderRefusals.Away(_settings.Label);
        if (!answer.IsGood || answer.Claims is not { } claims)
            return Failed($"its userinfo endpoint answers {(int)answer.Status}, or no JSON object");
        // What is told of somebody else must not be taken (5.3.2).
        return claims.Text("sub") == subject ? claims : Failed("its userinfo endpoint tells of another subject");
    }

    private static Identity IdentityOf(JwtClaims token, JwtClaims told)
    {
        var email = told.IsTrue("email_verified") ? EmailAddress.Check(told.Text("email")) : default;
        return new Identity(
            token.Text("sub")!, told.IsTrue("email_verified") && email.Ok ? email.Value : null,
            Identity.NameOf(told.Text("name")),
            Identity.ShownOf(told.Text("email"), told.Text("preferred_username"), told.Text("name")), token.Time("auth_time"));
    }

    private Refusal Failed(string why)
    {
        _line.Refused(why);
        return ProviderRefusals.Failed(_settings.Label);
    }

    private static bool Same(string? given, string expected) =>
        given is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}

/// <summary>Parameters of an address, escaped.</summary>
internal sealed class ProviderQuery
{
    private readonly StringBuilder _text = new();

    public ProviderQuery With(string name, string value)
    {
        _text.Append(_text.Length == 0 ? "" : "&").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return this;
    }

    /// <summary>Behind what stands there already.</summary>
    public Uri On(string address) => new($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{_text}");
}
