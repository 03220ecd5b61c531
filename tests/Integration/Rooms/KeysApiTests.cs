using Sluice.Integration.Postgres;
using Xunit;

namespace Sluice.Integration.Rooms;

/// <summary>The routes of Tenants and Keys over real Kestrel.</summary>
public sealed class KeysApiTests(PostgresCluster postgres) : IAsyncLifetime
{
    private RoomsApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await RoomsApi.Start(await postgres.CreateDatabase());

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task An_operator_makes_an_organization_its_token_an_app_rules_and_keys()
    {
        var (org, token) = await _api.Organization("Acme");
        var app = (await _api.Send(HttpMethod.Post, $"organizations/{org}/apps", token, """{"name":"shop"}""", 201))!["id"]!.GetValue<string>();
        Assert.StartsWith("app_", app, StringComparison.Ordinal);

        var faults = await _api.Send(
            HttpMethod.Put, $"apps/{app}/rules", token, """{"origins":["nope"],"contracts":["0x1"]}""", 422);
        Assert.Equal("/problems/keys.rules-invalid", faults!["type"]!.GetValue<string>());
        Assert.Equal(2, faults["faults"]!.AsArray().Count);
        // A mistyped type of rule must not quietly be no rule.
        await _api.Send(HttpMethod.Put, $"apps/{app}/rules", token, """{"orgins":["https://a.b"]}""", 400);
        await _api.Send(HttpMethod.Put, $"apps/{app}/rules", token, """{"origins":["https://A.b"],"methods":null}""", 200);
        var rules = await _api.Send(HttpMethod.Get, $"apps/{app}/rules", token, null, 200);
        Assert.Equal("https://a.b", rules!["origins"]![0]!.GetValue<string>());
        // What is read can be sent back.
        await _api.Send(HttpMethod.Put, $"apps/{app}/rules", token, rules.ToJsonString(), 200);
        await _api.Send(HttpMethod.Put, $"apps/{app}/limits", token, """{"dailyUnits":10,"cap":"soft"}""", 200);
        Assert.Equal("soft", (await _api.Send(HttpMethod.Get, $"apps/{app}", token, null, 200))!["limits"]!["cap"]!.GetValue<string>());

        var issued = await _api.Send(HttpMethod.Post, $"apps/{app}/keys", token, """{"name":"site","kind":"publishable"}""", 201);
        Assert.StartsWith("slc_pk_", issued!["secret"]!.GetValue<string>(), StringComparison.Ordinal);
        var key = issued["key"]!["id"]!.GetValue<string>();
        var next = await _api.Send(HttpMethod.Post, $"keys/{key}/rotate", token, """{"overlapSeconds":60}""", 201);
        await _api.Send(HttpMethod.Post, $"keys/{next!["key"]!["id"]}/revoke", token, null, 204);

        var page = await _api.Send(HttpMethod.Get, $"apps/{app}/keys?limit=1", token, null, 200);
        Assert.Equal(key, page!["data"]![0]!["id"]!.GetValue<string>());
        var rest = await _api.Send(HttpMethod.Get, $"apps/{app}/keys?after={page["next"]}", token, null, 200);
        Assert.Single(rest!["data"]!.AsArray());
        Assert.Null(rest["next"]);
        foreach (var query in new[] { "limit=0", "limit=1001", "limit=x", "after=x", "limit=1&limit=2", "sort=name" })
            Assert.Equal(
                "api.query-invalid",
                (await _api.Send(HttpMethod.Get, $"apps/{app}/keys?{query}", token, null, 400))!["code"]!.GetValue<string>());
        Assert.DoesNotContain("secret", page.ToJsonString() + rest.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_sees_nothing_of_another_organization()
    {
        var (mine, token) = await _api.Organization("Mine");
        var (other, otherToken) = await _api.Organization("Other");
        var app = (await _api.Send(HttpMethod.Post, $"organizations/{other}/apps", otherToken, """{"name":"a"}""", 201))!["id"]!.GetValue<string>();
        var key = (await _api.Send(HttpMethod.Post, $"apps/{app}/keys", otherToken, """{"name":"k"}""", 201))!["key"]!["id"]!.GetValue<string>();

        foreach (var path in new[] { $"organizations/{other}/apps", $"apps/{app}", $"apps/{app}/rules", $"apps/{app}/limits", $"apps/{app}/keys" })
            await _api.Send(HttpMethod.Get, path, token, null, 404);
        await _api.Send(HttpMethod.Post, $"organizations/{other}/apps", token, """{"name":"b"}""", 404);
        await _api.Send(HttpMethod.Put, $"apps/{app}/rules", token, "{}", 404);
        await _api.Send(HttpMethod.Put, $"apps/{app}/limits", token, "{}", 404);
        await _api.Send(HttpMethod.Post, $"apps/{app}/keys", token, """{"name":"k"}""", 404);
        await _api.Send(HttpMethod.Post, $"keys/{key}/revoke", token, null, 404);
        await _api.Send(HttpMethod.Post, $"keys/{key}/rotate", token, null, 404);
        await _api.Send(HttpMethod.Post, "tokens", token, $$"""{"organization":"{{other}}","name":"t"}""", 404);
        await _api.Send(HttpMethod.Post, "organizations", token, """{"name":"x"}""", 403);
        var seen = await _api.Send(HttpMethod.Get, "organizations", token, null, 200);
        Assert.Equal(mine.ToString(), Assert.Single(seen!["data"]!.AsArray())!["id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("slc_at_00000000000000000000000000000000000000")]
    [InlineData("Bearer")]
    public async Task Without_a_valid_token_every_route_answers_401_as_a_problem(string? token)
    {
        var problem = await _api.Send(HttpMethod.Get, "organizations", token, null, 401);
        Assert.Equal("/problems/auth.token-invalid", problem!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_once()
    {
        var issued = await _api.Send(HttpMethod.Post, "tokens", _api.Operator, """{"name":"second"}""", 201);
        var secret = issued!["secret"]!.GetValue<string>();
        await _api.Send(HttpMethod.Get, "organizations", secret, null, 200);
        await _api.Send(HttpMethod.Post, $"tokens/{issued["id"]}/revoke", _api.Operator, null, 204);
        await _api.Send(HttpMethod.Get, "organizations", secret, null, 401);
    }
}
