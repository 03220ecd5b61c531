using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Jwt;
using Xunit;

namespace Sluice.Integration.Rooms.Jwt;

public sealed class ExternalIssuerTests(PostgresCluster postgres) : IAsyncLifetime
{
    private StandInIssuer _issuer = null!;
    private TokensApi _api = null!;
    private Actor _person = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await StandInIssuer.Start();
        (_api, _person) = await Open();
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task A_token_of_the_issuer_opens_what_its_linked_user_may(string algorithm)
    {
        var token = Token(algorithm: algorithm);
        var (status, body) = await Me(token);
        Assert.True(status == 200, body);
        Assert.Equal(1, _issuer.Fetches);
        Assert.Equal(200, (await Me(token)).Status);
        Assert.Equal(1, _issuer.Fetches);
        await _api.Execute("UPDATE tenants.users SET suspended_at = now()");
        Assert.Equal(401, (await Me(token)).Status);
    }

    [Fact]
    public async Task A_token_that_is_not_for_here_not_now_or_of_nobody_known_opens_nothing()
    {
        foreach (var token in new[]
        {
            Token(claims => claims["aud"] = "https://other.example"), Token(claims => claims["iss"] = "https://other.example"),
            Token(claims => claims["iss"] = _issuer.Url + "/"), Token(claims => claims["exp"] = _api.Time.GetUtcNow().ToUnixTimeSeconds() - 61),
            Token(claims => claims["nbf"] = _api.Time.GetUtcNow().ToUnixTimeSeconds() + 61), Token(claims => claims.Remove("exp")),
            Token(claims => claims["sub"] = "nobody"), Token(claims => claims.Remove("sub")), Token(claims => claims["sub"] = 7),
            Token(claims => claims["nonce"] = "of an ID token"), Token(type: "dpop+jwt"), Token(algorithm: "PS256"),
            Token(algorithm: "HS256"), Token(algorithm: "none"), Token(id: "curve"), Token(algorithm: "ES256", id: _issuer.RsaId),
        }) Assert.Equal(401, (await Me(token)).Status);
        Assert.Equal(200, (await Me(Token(claims => claims["exp"] = _api.Time.GetUtcNow().ToUnixTimeSeconds() - 59, iat: -100))).Status);
    }

    [Fact]
    public async Task A_new_key_is_fetched_when_a_token_names_it_and_unknown_ones_ask_seldom()
    {
        Assert.Equal(200, (await Me(Token())).Status);
        var old = Token();
        _issuer.Rotate();
        // Just asked: the next one waits its turn.
        Assert.Equal(401, (await Me(Token())).Status);
        Assert.Equal(1, _issuer.Fetches);
        _api.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(200, (await Me(Token())).Status);
        Assert.Equal(2, _issuer.Fetches);
        // What the issuer withdrew is gone with it.
        Assert.Equal(401, (await Me(old)).Status);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => Me(Token(id: $"invented-{i}")))));
        Assert.Equal(2, _issuer.Fetches);
        _api.Time.Advance(TimeSpan.FromSeconds(30));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => Me(Token(id: $"invented-{i}")))));
        Assert.Equal(3, _issuer.Fetches);
    }

    [Fact]
    public async Task An_issuer_that_is_away_or_talks_nonsense_changes_nothing_for_a_while()
    {
        Assert.Equal(200, (await Me(Token())).Status);
        foreach (var nonsense in new Func<HttpContext, Task>[]
        {
            http => http.Response.WriteAsync("<html>"),
            http => http.Response.WriteAsync("{\"keys\":7}"),
            http => { http.Response.StatusCode = 500; return Task.CompletedTask; },
            http => { http.Response.Redirect("https://localhost:1/keys"); return Task.CompletedTask; },
            http => http.Response.WriteAsync("{\"keys\":[" + new string(' ', 300 * 1024) + "]}"),
            http => { http.Abort(); return Task.CompletedTask; },
        })
        {
            _issuer.Instead = nonsense;
            _api.Time.Advance(TimeSpan.FromSeconds(31));
            var before = _issuer.Fetches;
            Assert.Equal(401, (await Me(Token(id: "unknown"))).Status);
            Assert.True(_issuer.Fetches > before);
            Assert.Equal(200, (await Me(Token())).Status);
        }
        // As long as the keys are kept, and once more as long.
        _api.Time.Advance(TimeSpan.FromMinutes(100));
        Assert.Equal(200, (await Me(Token())).Status);
        _api.Time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(401, (await Me(Token())).Status);
        _issuer.Instead = null;
        _api.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(200, (await Me(Token())).Status);
    }

    [Fact]
    public async Task An_issuer_that_hangs_is_given_up_and_holds_up_nobody_whose_key_is_known()
    {
        Assert.Equal(200, (await Me(Token())).Status);
        _issuer.Instead = http => Task.Delay(Timeout.Infinite, http.RequestAborted);
        _api.Time.Advance(TimeSpan.FromSeconds(31));
        var waiting = Task.Run(() => Me(Token(id: "unknown")));
        for (var i = 0; i < 20; i++) Assert.Equal(200, (await Me(Token())).Status);
        Assert.Equal(401, (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Status);
    }

    [Fact]
    public async Task A_discovery_document_of_another_issuer_or_without_https_is_not_believed()
    {
        foreach (var (issuer, keys) in new (string?, string?)[]
        {
            ("https://other.example", null), (null, _issuer.Url.Replace("https", "http", StringComparison.Ordinal) + "/keys"),
            (null, "file:///etc/passwd"), (null, "/keys"),
        })
        {
            (_issuer.NamedIssuer, _issuer.NamedKeys) = (issuer, keys);
            _api.Time.Advance(TimeSpan.FromSeconds(31));
            Assert.Equal(401, (await Me(Token())).Status);
        }
        Assert.Equal(0, _issuer.Fetches);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_not_trusted()
    {
        var (stranger, _) = await Open(options => options.AuthorityFile = null);
        await using var __ = stranger;
        Assert.Equal(401, (await stranger.Me(Token())).Status);
        Assert.Equal(0, _issuer.Fetches);
    }

    [Fact]
    public async Task By_address_only_a_verified_one_counts_on_both_sides()
    {
        var (api, person) = await Open(options => options.UserBy = ExternalUserBy.Email);
        await using var _ = api;
        const string email = "person1@example.org";
        Assert.Equal(200, (await api.Me(Token(claims => (claims["email"], claims["email_verified"]) = ("Person1@Example.org", true)))).Status);
        Assert.Equal(401, (await api.Me(Token(claims => claims["email"] = email))).Status);
        Assert.Equal(401, (await api.Me(Token(claims => (claims["email"], claims["email_verified"]) = (email, "true")))).Status);
        Assert.Equal(401, (await api.Me(Token(claims => (claims["email"], claims["email_verified"]) = ("x@example.org", true)))).Status);
        await api.Execute("UPDATE tenants.users SET email_key = NULL, email_verified_at = NULL");
        Assert.Equal(401, (await api.Me(Token(claims => (claims["email"], claims["email_verified"]) = (email, true)))).Status);
    }

    [Fact]
    public async Task Scopes_narrow_and_a_token_alone_proves_nothing_about_its_person()
    {
        Assert.Equal(403, (await Me(Token(claims => claims["scope"] = "openid appsRead"))).Status);
        Assert.Equal(200, (await Me(Token(claims => claims["scope"] = "openid selfRead"))).Status);
        Assert.Equal(200, (await Me(Token(claims => claims["scope"] = "openid profile"))).Status);
        // Issuers write it in several ways, and none of them widens.
        Assert.Equal(403, (await Me(Token(claims => claims["scope"] = new[] { "openid", "appsRead" }))).Status);
        Assert.Equal(200, (await Me(Token(claims => claims["scope"] = new[] { "openid", "selfRead" }))).Status);
        Assert.Equal(403, (await Me(Token(claims => claims["scp"] = "appsRead"))).Status);
        Assert.Equal(403, (await Me(Token(claims => claims["scp"] = new[] { "appsRead" }))).Status);
        Assert.Equal(403, (await Me(Token(claims => claims["scope"] = "selfSecurity"))).Status);
        foreach (var unreadable in new object[] { 7, true, new object[] { "appsRead", 7 }, new { appsRead = true } })
            Assert.Equal(401, (await Me(Token(claims => claims["scope"] = unreadable))).Status);
        var (strict, _) = await Open(options => options.ScopesRequired = true);
        await using var __ = strict;
        Assert.Equal(401, (await strict.Me(Token(claims => claims["scope"] = "openid profile"))).Status);
        Assert.Equal(200, (await strict.Me(Token(claims => claims["scope"] = "selfRead"))).Status);

        await _api.Execute("UPDATE tenants.users SET platform_role = 'operator'");
        var path = "/api/v1/auth/keys/rotate";
        Assert.Equal(403, (await _api.Send(HttpMethod.Post, path, Token())).Status);
        var now = _api.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(403, (await _api.Send(HttpMethod.Post, path, Token(claims => claims["auth_time"] = now - 901))).Status);
        Assert.Equal(200, (await _api.Send(HttpMethod.Post, path, Token(claims => claims["auth_time"] = now - 800))).Status);
        Assert.Equal(403, (await _api.Send(HttpMethod.Post, $"/api/v1/me/grants/{WireId.New<TokenId>()}/revoke", Token())).Status);
    }

    [Fact]
    public async Task A_subject_is_one_persons_until_an_operator_takes_the_link_away()
    {
        var (links, other) = (_api.Get<ExternalLinks>(), await _api.SignedIn());
        Assert.Equal("auth.subject-taken", (await links.Link(other.User!.Value, "auth0|123", Actor.System, default)).Refusal?.Code);
        Assert.Equal("access.denied", (await links.Link(other.User.Value, "auth0|456", other, default)).Refusal?.Code);
        Assert.Equal(404, (await links.Link(WireId.New<UserId>(), "auth0|456", Actor.System, default)).Refusal?.Status);
        Assert.True((await links.Unlink(_person.User!.Value, Actor.System, default)).Ok);
        Assert.True((await links.Unlink(_person.User.Value, Actor.System, default)).Ok);
        Assert.Equal(401, (await Me(Token())).Status);
        Assert.True((await links.Link(other.User.Value, "auth0|123", Actor.System, default)).Ok);
        Assert.Equal(200, (await Me(Token())).Status);
    }

    [Fact]
    public async Task Without_an_issuer_no_outside_token_is_taken()
    {
        await using var closed = await TokensApi.Start(postgres);
        Assert.Equal(401, (await closed.Me(Token())).Status);
        Assert.Equal(0, _issuer.Fetches);
    }

    private async Task<(TokensApi Api, Actor Person)> Open(Action<ExternalIssuerOptions>? change = null)
    {
        var api = await TokensApi.Start(postgres, services => services.Configure<ExternalIssuerOptions>(options =>
        {
            options.Url = _issuer.Url;
            options.Audience = StandInIssuer.Audience;
            options.AuthorityFile = _issuer.AuthorityFile;
            options.TimeoutMs = 2000;
            change?.Invoke(options);
        }));
        var person = await api.SignedIn();
        Assert.True((await api.Get<ExternalLinks>().Link(person.User!.Value, "auth0|123", Actor.System, default)).Ok);
        return (api, person);
    }

    private string Token(
        Action<Dictionary<string, object>>? change = null, string algorithm = "RS256", string? id = null, string type = "JWT", int iat = 0) =>
        _issuer.Token(_api.Time.GetUtcNow(), "auth0|123", claims =>
        {
            if (iat != 0) claims["iat"] = _api.Time.GetUtcNow().ToUnixTimeSeconds() + iat;
            change?.Invoke(claims);
        }, algorithm, id, type);

    private async Task<(int Status, string Body)> Me(string token)
    {
        var (status, body) = await _api.Me(token);
        return (status, body.ToJsonString());
    }
}
