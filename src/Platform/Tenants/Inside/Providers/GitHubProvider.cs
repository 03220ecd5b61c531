using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Jwt;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>
/// GitHub, which speaks OAuth and no OpenID Connect: there is no ID token, so who somebody is its API is asked, with the
/// token that the code gave. The number of the account is the subject: names there are given to others.
/// </summary>
internal sealed class GitHubProvider(ProviderSettings settings, ProviderLine line, string back) : IProviderKind
{
    private const string Version = "2022-11-28";

    public Task<Result<Uri>> Authorize(Journey journey, CancellationToken ct) => Task.FromResult<Result<Uri>>(
        new ProviderQuery()
            .With("client_id", settings.ClientId).With("redirect_uri", back).With("scope", settings.Scopes)
            .With("state", journey.State).With("code_challenge", journey.Challenge).With("code_challenge_method", "S256")
            .On($"{settings.Issuer}/login/oauth/authorize"));

    // It names none at the time of writing. Were it to, it would be one of the two.
    public Task<Result<Done>> Judge(ProviderAnswer answer, CancellationToken ct) => Task.FromResult(
        answer.Issuer is null || answer.Issuer == settings.Issuer || answer.Issuer == $"{settings.Issuer}/login/oauth"
            ? line.Judge(answer.Error)
            : Failed("the answer names another issuer (RFC 9207)"));

    public async Task<Result<Identity>> Redeem(string code, Journey journey, CancellationToken ct)
    {
        var answer = await line.Ask("a token", () => TokenRequest(code, journey), ct);
        if (answer is null) return ProviderRefusals.Away(settings.Label);
        // Its errors come with status 200.
        if (!answer.IsGood || answer.Claims is not { } tokens || tokens.Text("access_token") is not { Length: > 0 } token
            || token.Any(c => c is <= ' ' or > '~'))
            return Failed(answer.Fault("its token endpoint"));
        var user = await line.Ask("the account", () => ApiRequest("/user", token), ct);
        if (user is null) return ProviderRefusals.Away(settings.Label);
        if (!user.IsGood || user.Claims is not { } claims || NumberOf(user.Any()) is not { } number)
            return Failed($"its API answers {(int)user.Status} for the account, or no account");
        var emails = await line.Ask("the person's addresses", () => ApiRequest("/user/emails?per_page=100", token), ct);
        if (emails is null) return ProviderRefusals.Away(settings.Label);
        var login = claims.Text("login");
        return new Identity(
            number, emails.IsGood ? PrimaryOf(emails.Any()) : null,
            Identity.NameOf(claims.Text("name")) ?? Identity.NameOf(login), Identity.ShownOf(login), null);
    }

    private HttpRequestMessage TokenRequest(string code, Journey journey)
    {
        List<KeyValuePair<string, string>> form =
            [new("code", code), new("redirect_uri", back), new("code_verifier", journey.Verifier)];
        var request = new HttpRequestMessage(HttpMethod.Post, $"{settings.Issuer}/login/oauth/access_token");
        line.Authenticate(request, form, settings.TokenAuth ?? SecretSending.Post);
        return request;
    }

    private HttpRequestMessage ApiRequest(string path, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, settings.ApiUrl + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        // Without a name it answers nobody.
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("sluice", "1"));
        request.Headers.Add("X-GitHub-Api-Version", Version);
        return request;
    }

    private static string? NumberOf(JsonElement? account) =>
        account is { } user && user.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number
        && id.TryGetInt64(out var number) && number > 0
            ? number.ToString(CultureInfo.InvariantCulture)
            : null;

    private static string? PrimaryOf(JsonElement? list)
    {
        if (list is not { ValueKind: JsonValueKind.Array } emails) return null;
        foreach (var item in emails.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object))
        {
            var claims = new JwtClaims(item);
            if (!claims.IsTrue("primary") || !claims.IsTrue("verified")) continue;
            var email = EmailAddress.Check(claims.Text("email"));
            if (email.Ok) return email.Value;
        }
        return null;
    }

    private Refusal Failed(string why)
    {
        line.Refused(why);
        return ProviderRefusals.Failed(settings.Label);
    }
}
