using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Jwt;
using Sluice.Platform.Tenants.Inside.Organizations;
using Xunit;

namespace Sluice.Integration.Rooms.Jwt;

public sealed class OAuthTests(PostgresCluster postgres) : IAsyncLifetime
{
    private TokensApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await TokensApi.Start(postgres);

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task An_access_token_says_what_RFC_9068_asks_for_and_others_verify_it_by_the_published_keys()
    {
        var actor = await _api.SignedIn();
        var tokens = await _api.Grant(actor, "appsRead");
        var token = new JsonWebToken(tokens.AccessToken);
        Assert.Equal(("ES256", "at+jwt"), (token.Alg, token.Typ));
        Assert.Equal((TokensApi.Issuer, actor.User.ToString()), (token.Issuer, token.Subject));
        Assert.Equal([TokensApi.Issuer + "/api/v1"], token.Audiences);
        Assert.Equal(TimeSpan.FromMinutes(15), token.ValidTo - token.IssuedAt);
        Assert.Equal(_api.Time.GetUtcNow().UtcDateTime, token.ValidFrom);
        Assert.Equal(actor.Session.ToString(), token.GetClaim("client_id").Value);
        Assert.Equal("appsRead", token.GetClaim("scope").Value);
        Assert.Equal(26, token.GetClaim("jti").Value.Length);
        Assert.StartsWith("tok_", token.GetClaim("sid").Value, StringComparison.Ordinal);

        using var set = await _api.Answer("/.well-known/jwks.json");
        Assert.Equal("public, max-age=300", set.Headers.CacheControl?.ToString());
        var json = await set.Content.ReadAsStringAsync();
        var key = Assert.Single(JsonNode.Parse(json)!["keys"]!.AsArray())!.AsObject();
        Assert.Equal(["kty", "crv", "x", "y", "kid", "use", "alg"], key.Select(member => member.Key));
        var judged = await new JsonWebTokenHandler().ValidateTokenAsync(tokens.AccessToken, new TokenValidationParameters
        {
            IssuerSigningKeys = new JsonWebKeySet(json).Keys,
            ValidIssuer = TokensApi.Issuer,
            ValidAudience = TokensApi.Issuer + "/api/v1",
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = ["ES256"],
            ValidateLifetime = false,
        });
        Assert.True(judged.IsValid, judged.Exception?.Message);
    }

    [Fact]
    public async Task The_metadata_names_what_is_there()
    {
        using var answer = await _api.Answer("/.well-known/oauth-authorization-server");
        var metadata = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(TokensApi.Issuer, (string?)metadata["issuer"]);
        foreach (var name in new[] { "token_endpoint", "revocation_endpoint" })
        {
            var path = new Uri((string)metadata[name]!).AbsolutePath;
            Assert.Equal("invalid_request", (string?)(await _api.Form(path)).Body["error"]);
        }
        using var keys = await _api.Answer(new Uri((string)metadata["jwks_uri"]!).AbsolutePath);
        Assert.True(keys.IsSuccessStatusCode);
        foreach (var type in metadata["grant_types_supported"]!.AsArray())
        {
            var (_, body) = await _api.Form("/auth/token", ("grant_type", (string)type!));
            Assert.NotEqual("unsupported_grant_type", (string?)body["error"]);
        }
        Assert.Contains("appsRead", metadata["scopes_supported"]!.AsArray().Select(scope => (string?)scope));
    }

    [Fact]
    public async Task What_the_token_endpoint_cannot_read_is_refused_in_the_words_of_RFC_6749()
    {
        foreach (var (error, members) in new (string, (string, string)[])[]
        {
            ("invalid_request", []),
            ("unsupported_grant_type", [("grant_type", "password"), ("username", "a"), ("password", "b")]),
            ("unsupported_grant_type", [("grant_type", "authorization_code")]),
            ("invalid_request", [("grant_type", "refresh_token")]),
            ("invalid_request", [("grant_type", "refresh_token"), ("grant_type", "refresh_token"), ("refresh_token", "x")]),
            ("invalid_grant", [("grant_type", "refresh_token"), ("refresh_token", "x")]),
            ("invalid_grant", [("grant_type", "refresh_token"), ("refresh_token", KeyText.New(KeyTextKind.Refresh))]),
            ("invalid_grant", [("grant_type", "refresh_token"), ("refresh_token", KeyText.New(KeyTextKind.Access))]),
            ("invalid_grant", [("grant_type", TokensApi.SessionGrant)]),
            ("invalid_request", [("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("subject_token", "x")]),
        })
        {
            var (status, body) = await _api.Form("/auth/token", members);
            Assert.Equal((400, error), (status, (string?)body["error"]));
            Assert.StartsWith("/problems/auth.", (string?)body["error_uri"], StringComparison.Ordinal);
        }
        var (secret, client) = await _api.Form("/auth/token", ("grant_type", "refresh_token"), ("client_secret", "x"));
        Assert.Equal((401, "invalid_client"), (secret, (string?)client["error"]));
        foreach (var content in new HttpContent[]
        {
            new StringContent("{", Encoding.UTF8, "application/json"), new StringContent("[]", Encoding.UTF8, "application/json"),
            new StringContent("{\"grant_type\":7}", Encoding.UTF8, "application/json"),
            new StringContent("{\"grant_type\":\"\\ud800\"}", Encoding.UTF8, "application/json"),
            new StringContent("{\"grant_type\":\"a\",\"grant_type\":\"refresh_token\"}", Encoding.UTF8, "application/json"),
            new StringContent("grant_type=refresh_token", Encoding.UTF8, "text/plain"),
            new StringContent(new string('a', 40_000), Encoding.UTF8, "application/x-www-form-urlencoded"),
            new ByteArrayContent([0xff, 0xfe]) { Headers = { { "Content-Type", "application/x-www-form-urlencoded" } } },
        })
        {
            var (status, body) = await _api.Send(HttpMethod.Post, "/auth/token", null, content);
            Assert.Equal((400, "invalid_request"), (status, (string?)body["error"]));
        }
    }

    [Fact]
    public async Task A_request_may_be_JSON_too_and_nobody_keeps_the_answer()
    {
        var tokens = await _api.Grant(await _api.SignedIn());
        using var http = new HttpClient();
        var (status, body) = await _api.Send(HttpMethod.Post, "/auth/token", null, new StringContent(
            new JsonObject { ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.RefreshToken }.ToJsonString(),
            Encoding.UTF8, "application/json"));
        Assert.Equal(200, status);
        Assert.NotNull(body["access_token"]);
    }

    [Fact]
    public async Task Whoever_holds_a_token_may_revoke_it_and_what_is_unknown_is_no_fault()
    {
        foreach (var byAccess in new[] { false, true })
        {
            var tokens = await _api.Grant(await _api.SignedIn());
            var (status, _) = await _api.Form("/auth/revoke", ("token", byAccess ? tokens.AccessToken : tokens.RefreshToken));
            Assert.Equal(200, status);
            Assert.Equal(401, (await _api.Me(tokens.AccessToken)).Status);
            Assert.Equal(400, (await _api.Refresh(tokens.RefreshToken)).Status);
            Assert.Equal(200, (await _api.Form("/auth/revoke", ("token", tokens.RefreshToken))).Status);
        }
        Assert.Equal(200, (await _api.Form("/auth/revoke", ("token", KeyText.New(KeyTextKind.Refresh)))).Status);
        Assert.Equal(200, (await _api.Form("/auth/revoke", ("token", "eyJhbGciOiJub25lIn0.e30.x"))).Status);
        Assert.Equal("unsupported_token_type", (string?)(await _api.Form("/auth/revoke", ("token", "x"))).Body["error"]);
        Assert.Equal(2, await _api.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.grant.revoke'"));
    }

    [Fact]
    public async Task A_session_gets_tokens_by_its_cookie_from_its_own_origin_alone()
    {
        var actor = await _api.SignedIn();
        var cookie = await _api.Cookie(actor);
        var form = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", TokensApi.SessionGrant)]);
        var (status, body) = await _api.Send(HttpMethod.Post, "/auth/token", null, form, ("Cookie", cookie));
        Assert.Equal(200, status);
        Assert.Equal(200, (await _api.Me((string?)body["access_token"])).Status);
        // Another site has the browser send the cookie along.
        form = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", TokensApi.SessionGrant)]);
        var (forged, refused) = await _api.Send(
            HttpMethod.Post, "/auth/token", null, form, ("Cookie", cookie), ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal((400, "auth.grant-session"), (forged, (string?)refused["code"]));
        _api.Time.Advance(TimeSpan.FromMinutes(16));
        form = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", TokensApi.SessionGrant)]);
        var (stale, proof) = await _api.Send(HttpMethod.Post, "/auth/token", null, form, ("Cookie", cookie));
        Assert.Equal((403, "insufficient_user_authentication"), (stale, (string?)proof["error"]));
        // Signing out takes what came of it along.
        var (renewed, next) = await _api.Refresh((string)body["refresh_token"]!);
        Assert.Equal(200, renewed);
        Assert.True((await _api.Get<ISessions>().Revoke(actor.Session!.Value, actor)).Ok);
        Assert.Equal(401, (await _api.Me((string?)next["access_token"])).Status);
    }

    [Fact]
    public async Task A_personal_token_is_exchanged_and_takes_what_came_of_it_along()
    {
        var actor = await _api.SignedIn();
        var issued = (await Tenants.CreateToken(
            new(null, "ci", null, TokenKind.Personal, [Permission.SelfRead, Permission.MembershipsRead]), actor)).Value;
        var (status, body) = await Exchange(issued.Secret);
        Assert.Equal((200, "urn:ietf:params:oauth:token-type:access_token"), (status, (string?)body["issued_token_type"]));
        Assert.Equal("membershipsRead selfRead", (string?)body["scope"]);
        Assert.Equal("invalid_scope", (string?)(await Exchange(issued.Secret, ("scope", "appsRead"))).Body["error"]);
        var access = (string)body["access_token"]!;
        Assert.Equal(200, (await _api.Me(access)).Status);
        Assert.Equal("access.denied", (string?)(await _api.Send(HttpMethod.Get, "/api/v1/auth/keys", access)).Body["code"]);
        Assert.True((await Tenants.RevokeToken(issued.Id, actor)).Ok);
        Assert.Equal(401, (await _api.Me(access)).Status);
        Assert.Equal(400, (await _api.Refresh((string)body["refresh_token"]!)).Status);
        Assert.Equal(400, (await Exchange(issued.Secret)).Status);
    }

    [Fact]
    public async Task What_comes_of_a_personal_token_for_one_organization_sees_no_other()
    {
        var actor = await _api.SignedIn();
        var first = (await Tenants.CreateOrganization("First", actor)).Value.Id;
        var second = (await Tenants.CreateOrganization("Second", actor)).Value.Id;
        actor = (await _api.Get<Memberships>().Person(actor.User!.Value, default))! with { Session = actor.Session };
        var issued = (await Tenants.CreateToken(new(first, "ci", null, TokenKind.Personal), actor)).Value;
        var access = (string)(await Exchange(issued.Secret)).Body["access_token"]!;
        Assert.Equal(200, (await _api.Send(HttpMethod.Get, $"/api/v1/organizations/{first}", access)).Status);
        Assert.Equal(404, (await _api.Send(HttpMethod.Get, $"/api/v1/organizations/{second}", access)).Status);
        await _api.Execute("DELETE FROM tenants.members WHERE organization_id = $1", first.Value);
        Assert.Equal(401, (await _api.Me(access)).Status);
    }

    [Fact]
    public async Task An_organizations_token_is_not_exchanged()
    {
        var organization = (await Tenants.CreateOrganization("Acme", Actor.System)).Value.Id;
        var (status, body) = await Exchange((await Tenants.CreateToken(new(organization, "ci", null), Actor.System)).Value.Secret);
        Assert.Equal((400, "auth.grant-token"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task A_bearer_that_is_not_genuine_is_refused_as_RFC_6750_says()
    {
        var tokens = await _api.Grant(await _api.SignedIn());
        var parts = tokens.AccessToken.Split('.');
        foreach (var bad in new[]
        {
            $"{parts[0]}.{parts[1]}.{new string('A', 86)}", $"{parts[0]}.{parts[1]}.", "eyJhbGciOiJub25lIn0.e30.",
            "eyJ.eyJ.eyJ", tokens.AccessToken + "A", tokens.AccessToken + "=", tokens.RefreshToken,
        })
        {
            using var answer = await _api.Answer("/api/v1/me/grants", bad);
            Assert.Equal(401, (int)answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_rotate_by_age_and_by_command_and_what_was_signed_lasts_to_its_end()
    {
        var (actor, oper) = (await _api.SignedIn(), await _api.SignedIn("operator"));
        await using var other = await _api.Another();
        var first = await _api.Grant(actor);
        Assert.Equal(200, (await other.Me(first.AccessToken)).Status);
        _api.Time.Advance(TimeSpan.FromSeconds(1));
        var rotated = (await _api.Get<ISigningKeys>().Rotate(withdraw: false, oper)).Value;
        Assert.Equal("signs", rotated.State);
        var second = await _api.Grant(actor);
        Assert.Equal(rotated.Id, new JsonWebToken(second.AccessToken).Kid);
        _api.Time.Advance(TimeSpan.FromSeconds(2));
        foreach (var api in new[] { _api, other })
            foreach (var token in new[] { first.AccessToken, second.AccessToken })
                Assert.Equal(200, (await api.Me(token)).Status);
        Assert.Equal(["verifies", "signs"], (await _api.Get<ISigningKeys>().List(oper)).Value.Select(key => key.State));

        // Published before it signs.
        _api.Time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMinutes(10));
        await _api.Get<IssuerKeys>().Signing(default);
        Assert.Equal(["over", "signs", "next"], (await _api.Get<ISigningKeys>().List(oper)).Value.Select(key => key.State));
        Assert.Equal(2, (await _api.Get<IssuerKeys>().Published(default)).Count);
        _api.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(["over", "verifies", "signs"], (await _api.Get<ISigningKeys>().List(oper)).Value.Select(key => key.State));
        Assert.Equal("access.denied", (await _api.Get<ISigningKeys>().Rotate(false, actor)).Refusal?.Code);
        Assert.Equal("access.step-up", (await _api.Get<ISigningKeys>().Rotate(false, oper with { IsFresh = false })).Refusal?.Code);
    }

    [Fact]
    public async Task A_withdrawn_key_opens_nothing_at_once_in_any_process()
    {
        var (actor, oper) = (await _api.SignedIn(), await _api.SignedIn("operator"));
        await using var other = await _api.Another();
        var first = await _api.Grant(actor);
        Assert.Equal(200, (await other.Me(first.AccessToken)).Status);
        _api.Time.Advance(TimeSpan.FromSeconds(1));
        await _api.Get<ISigningKeys>().Rotate(withdraw: true, oper);
        foreach (var api in new[] { _api, other }) Assert.Equal(401, (await api.Me(first.AccessToken)).Status);
        Assert.Equal(200, (await other.Me((string?)(await other.Refresh(first.RefreshToken)).Body["access_token"])).Status);
    }

    [Fact]
    public async Task Of_many_that_need_the_first_key_at_once_all_use_one()
    {
        var actor = await _api.SignedIn();
        await using var other = await _api.Another();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => (i % 2 == 0 ? _api : other).Grant(actor))));
        Assert.Single(tokens.Select(token => new JsonWebToken(token.AccessToken).Kid).Distinct());
        Assert.Equal(1, await _api.Scalar("SELECT count(*) FROM tenants.signing_keys"));
    }

    [Fact]
    public async Task A_key_that_somebody_wrote_into_the_database_is_not_believed()
    {
        await _api.Grant(await _api.SignedIn());
        await _api.Execute("""
            INSERT INTO tenants.signing_keys (id, created_at, signs_from, sealed)
            SELECT 'planted', created_at, signs_from + interval '1 second', sealed FROM tenants.signing_keys
            """);
        _api.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(await _api.Get<IssuerKeys>().Published(default), key => key.Id == "planted");
        Assert.NotEqual("planted", (await _api.Get<IssuerKeys>().Signing(default)).Times.Id);
    }

    private ITenants Tenants => _api.Get<ITenants>();

    private Task<(int Status, JsonNode Body)> Exchange(string token, params (string, string)[] more) => _api.Form("/auth/token",
    [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("subject_token", token),
        ("subject_token_type", "urn:sluice:params:oauth:token-type:personal-access-token"), .. more,
    ]);
}
