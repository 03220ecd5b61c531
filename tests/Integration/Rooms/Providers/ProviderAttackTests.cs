using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Jwt;
using Xunit;

namespace Sluice.Integration.Rooms.Providers;

/// <summary>What a browser, a stranger or the provider itself gets wrong, and that nothing comes of it.</summary>
public sealed class ProviderAttackTests(PostgresCluster postgres) : IAsyncLifetime
{
    private ProviderSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await ProviderSite.Start(postgres);

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task A_token_that_is_not_for_this_journey_signs_nobody_in()
    {
        var now = _site.Api.Time.GetUtcNow().ToUnixTimeSeconds();
        foreach (var (change, i) in new Action<Dictionary<string, object>>[]
        {
            claims => claims["nonce"] = "another", claims => claims.Remove("nonce"), claims => claims["nonce"] = 7,
            claims => claims["aud"] = "another client", claims => claims.Remove("aud"), claims => claims["iss"] = "https://other.example",
            claims => claims["iss"] = _site.Provider.Url + "/", claims => claims.Remove("iss"),
            claims => claims["aud"] = new[] { StandInProvider.ClientId, "another client" },
            claims => claims["azp"] = "another client", claims => claims["azp"] = 7,
            claims => claims["exp"] = now - 61, claims => claims.Remove("exp"), claims => claims["iat"] = now + 61,
            claims => claims.Remove("iat"), claims => claims["nbf"] = now + 61, claims => claims.Remove("sub"),
            claims => claims["sub"] = "", claims => claims["sub"] = new string('s', 256), claims => claims["sub"] = 7,
        }.Select((change, i) => (change, i)))
        {
            var refused = await _site.Travel("jane", change: change);
            Assert.True(refused.Refusal?.Code == "auth.provider-failed", $"{i}: {refused.Refusal?.Code}");
        }
        Assert.Equal(0, await _site.Users);
        // The client may be one of several where the token says that it was made for it.
        await _site.ActorOf(await _site.Travel("jane", change: claims =>
        {
            claims["aud"] = new[] { StandInProvider.ClientId, "another client" };
            claims["azp"] = StandInProvider.ClientId;
        }));
    }

    [Fact]
    public async Task A_token_that_its_issuer_did_not_sign_signs_nobody_in()
    {
        using var stranger = RSA.Create(2048);
        foreach (var forge in new Func<Dictionary<string, object>, string>[]
        {
            claims => $"{StandInProvider.Part(new { alg = "none", typ = "JWT", kid = _site.Provider.KeyId })}.{StandInProvider.Part(claims)}.",
            claims => $"{StandInProvider.Part(new { alg = "none", kid = _site.Provider.KeyId })}.{StandInProvider.Part(claims)}.AAAA",
            claims =>
            {
                var text = $"{StandInProvider.Part(new { alg = "HS256", typ = "JWT", kid = _site.Provider.KeyId })}.{StandInProvider.Part(claims)}";
                var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(StandInProvider.ClientSecret), Encoding.ASCII.GetBytes(text));
                return $"{text}.{System.Buffers.Text.Base64Url.EncodeToString(mac)}";
            },
            claims => _site.Provider.Sign(claims, by: stranger), claims => _site.Provider.Sign(claims, id: "unknown", by: stranger),
            claims => _site.Provider.Sign(claims) + "A", _ => "no token", _ => "",
        })
        {
            _site.Provider.Forge = forge;
            Assert.Equal("auth.provider-failed", (await _site.Travel("jane")).Refusal?.Code);
        }
        Assert.Equal(0, await _site.Users);
        _site.Provider.Forge = null;
        await _site.ActorOf(await _site.Travel("jane"));
    }

    [Fact]
    public async Task What_was_not_begun_in_this_browser_asks_the_provider_nothing()
    {
        var victim = await _site.Depart();
        var attacker = await _site.Depart();
        var code = _site.Provider.Enter(attacker.Url, "mallory");
        foreach (var (state, kept) in new (string?, string?)[]
        {
            (attacker.State, victim.Kept), (attacker.State, null), ("forged", attacker.Kept), (null, attacker.Kept), ("", attacker.Kept),
            (attacker.State, attacker.Kept[..^2] + "AA"), (attacker.State, ""), (attacker.State, new string('x', 5000)),
            (attacker.State, "v1.key.@@"),
        })
        {
            var arrival = await _site.Providers.Arrive("standin", new ProviderAnswer(code, state, null, null), kept, null, ProviderSite.From);
            Assert.Equal("auth.provider-state", arrival.Refusal?.Code);
        }
        // Nor what was begun with another provider (mix-up), whose code would be sent to this one.
        var mixed = await _site.Providers.Arrive(
            "other", new ProviderAnswer(code, attacker.State, null, null), attacker.Kept, null, ProviderSite.From);
        Assert.Equal("auth.provider-state", mixed.Refusal?.Code);
        Assert.Equal(0, _site.Provider.TokenRequests + _site.Other.TokenRequests);
        await _site.ActorOf(await _site.Arrive(attacker, code));
    }

    [Fact]
    public async Task A_journey_comes_back_once_and_within_ten_minutes()
    {
        var left = await _site.Depart();
        var code = _site.Provider.Enter(left.Url, "jane");
        await _site.ActorOf(await _site.Arrive(left, code));
        Assert.Equal("auth.provider-state", (await _site.Arrive(left, code)).Refusal?.Code);
        Assert.Equal("auth.provider-state", (await _site.Arrive(left, _site.Provider.Enter(left.Url, "jane"))).Refusal?.Code);
        Assert.Equal(1, _site.Provider.TokenRequests);
        // A code of an earlier journey is the provider's to refuse: it was asked for with another verifier.
        var stolen = _site.Provider.Enter((await _site.Depart()).Url, "jane");
        Assert.Equal("auth.provider-failed", (await _site.Arrive(await _site.Depart(), stolen)).Refusal?.Code);
        var late = await _site.Depart();
        var good = _site.Provider.Enter(late.Url, "jane");
        _site.Api.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("auth.provider-state", (await _site.Arrive(late, good)).Refusal?.Code);
    }

    [Fact]
    public async Task Of_many_returns_at_once_one_counts()
    {
        var left = await _site.Depart();
        var code = _site.Provider.Enter(left.Url, "jane");
        var arrivals = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => _site.Arrive(left, code))));
        Assert.Single(arrivals, one => one.Ok);
        Assert.All(arrivals.Where(one => !one.Ok), one => Assert.Equal("auth.provider-state", one.Refusal!.Code));
    }

    [Fact]
    public async Task The_issuer_that_an_answer_names_must_be_this_one()
    {
        async Task<string?> Named(string? issuer)
        {
            var left = await _site.Depart();
            return (await _site.Arrive(left, _site.Provider.Enter(left.Url, "jane"), issuer: issuer)).Refusal?.Code;
        }

        Assert.Null(await Named(null));
        Assert.Null(await Named(_site.Provider.Url));
        Assert.Equal("auth.provider-failed", await Named(_site.Other.Url));
        Assert.Equal("auth.provider-failed", await Named(""));
        _site.Provider.Discovery = document => document["authorization_response_iss_parameter_supported"] = true;
        _site.Api.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("auth.provider-failed", await Named(null));
        Assert.Null(await Named(_site.Provider.Url));
    }

    [Fact]
    public async Task A_provider_that_says_no_is_believed_and_not_repeated()
    {
        foreach (var (error, code) in new[]
        {
            ("access_denied", "auth.provider-denied"), ("server_error", "auth.provider-failed"), ("<script>", "auth.provider-failed"),
            ("", "auth.provider-failed"),
        })
        {
            var left = await _site.Depart();
            var answer = new ProviderAnswer(_site.Provider.Enter(left.Url, "jane"), left.State, null, error);
            var denied = await _site.Providers.Arrive("standin", answer, left.Kept, null, ProviderSite.From);
            Assert.Equal(code, denied.Refusal?.Code);
            Assert.DoesNotContain("script", denied.Refusal!.Message, StringComparison.Ordinal);
        }
        // Who reads the log sees each of them, by reason and network.
        var told = _site.Log.Text.Split('\n').Where(line => line.StartsWith("Not signed in by ", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, told.Count);
        Assert.Contains("by provider standin (auth.provider-denied) from 192.0.2.0/24, request request", told[0], StringComparison.Ordinal);
        await _site.Providers.Arrive("<nobody>", new ProviderAnswer("c", "s", null, null), null, null, ProviderSite.From);
        Assert.Contains("by an unknown provider (auth.provider-unknown)", _site.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<nobody>", _site.Log.Text, StringComparison.Ordinal);
        Assert.Equal(0, _site.Provider.TokenRequests);
        Assert.Equal("auth.provider-failed", (await _site.Arrive(await _site.Depart(), null)).Refusal?.Code);
        Assert.Equal("auth.provider-unknown", (await _site.Providers.Depart("nobody", null, null, null, new Origin(null, null, null))).Refusal?.Code);
    }

    [Fact]
    public async Task A_key_that_was_rotated_is_found_at_the_next_sign_in()
    {
        await _site.ActorOf(await _site.Travel("jane"));
        _site.Provider.Rotate();
        _site.Api.Time.Advance(TimeSpan.FromSeconds(1));
        await _site.ActorOf(await _site.Travel("jane"));
    }

    [Fact]
    public async Task A_provider_that_is_slow_huge_elsewhere_or_broken_lets_nobody_wait()
    {
        foreach (var (path, answer, code) in new (string, Func<HttpContext, Task>, string)[]
        {
            ("/token", http => Task.Delay(Timeout.Infinite, http.RequestAborted), "auth.provider-away"),
            ("/token", Huge, "auth.provider-away"),
            ("/token", Elsewhere, "auth.provider-failed"),
            ("/token", http => http.Response.WriteAsync("{\"id_token\":1"), "auth.provider-failed"),
            ("/token", http => http.Response.WriteAsync("{\"id_token\":\"a\",\"id_token\":\"b\"}"), "auth.provider-failed"),
            ("/keys", Huge, "auth.provider-failed"),
            ("/userinfo", Huge, "auth.provider-away"),
            ("/userinfo", http => http.Response.WriteAsync("[]"), "auth.provider-failed"),
        })
        {
            _site.Provider.TellsApart = path == "/userinfo";
            // The keys are asked for again, because the token names a new one.
            if (path == "/keys") _site.Provider.Rotate();
            _site.Api.Time.Advance(TimeSpan.FromSeconds(2));
            _site.Provider.Instead[path] = answer;
            var begun = TimeProvider.System.GetTimestamp();
            Assert.Equal(code, (await _site.Travel("jane")).Refusal?.Code);
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10));
            _site.Provider.Instead.Clear();
        }
        _site.Api.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, await _site.Users);
        await _site.ActorOf(await _site.Travel("jane"));
    }

    [Fact]
    public async Task Discovery_is_judged_asked_seldom_and_kept_while_the_provider_is_away()
    {
        foreach (var (name, value) in new (string, object)[]
        {
            ("issuer", "https://other.example"), ("issuer", _site.Provider.Url + "/"), ("token_endpoint", "http://localhost/token"),
            ("authorization_endpoint", "javascript:alert(1)"), ("jwks_uri", "/keys"), ("jwks_uri", 7),
        })
        {
            _site.Provider.Discovery = document => document[name] = value;
            Assert.Equal("auth.provider-away", (await _site.Providers.Depart("standin", null, null, null, new Origin(null, null, null))).Refusal?.Code);
            _site.Api.Time.Advance(TimeSpan.FromSeconds(5));
        }
        var asked = 0;
        _site.Provider.Discovery = _ => asked++;
        await _site.Depart();
        await _site.Depart();
        Assert.Equal(1, asked);
        _site.Provider.Instead["/.well-known/openid-configuration"] = Huge;
        _site.Api.Time.Advance(TimeSpan.FromHours(23));
        await _site.Depart();
        _site.Api.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("auth.provider-away", (await _site.Providers.Depart("standin", null, null, null, new Origin(null, null, null))).Refusal?.Code);
        _site.Provider.Instead.Clear();
        // Somebody asked just now.
        Assert.Equal("auth.provider-away", (await _site.Providers.Depart("standin", null, null, null, new Origin(null, null, null))).Refusal?.Code);
        _site.Api.Time.Advance(TimeSpan.FromSeconds(5));
        await _site.Depart();
    }

    [Fact]
    public async Task What_is_told_apart_is_taken_of_the_same_person_alone()
    {
        _site.Provider.TellsApart = true;
        var jane = await _site.ActorOf(await _site.Travel("jane"));
        Assert.Equal("jane@example.org", (await _site.Api.Get<IUsers>().Find(jane.User!.Value))!.Email);
        _site.Provider.OtherSubject = "somebody else";
        Assert.Equal("auth.provider-failed", (await _site.Travel("joe")).Refusal?.Code);
    }

    private static async Task Huge(HttpContext http)
    {
        var junk = new byte[OutsideClient.AnswerBytesMax / 4];
        for (var i = 0; i < 8; i++) await http.Response.Body.WriteAsync(junk, http.RequestAborted);
    }

    private Task Elsewhere(HttpContext http)
    {
        http.Response.Redirect(_site.Other.Url + "/token");
        return Task.CompletedTask;
    }
}
