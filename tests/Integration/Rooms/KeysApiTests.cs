using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Host.Database;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Rooms;

/// <summary>The routes of Tenants and Keys over real Kestrel.</summary>
public sealed class KeysApiTests(PostgresCluster postgres) : IAsyncLifetime
{
    private WebApplication _app = null!;
    private HttpClient _http = null!;
    private string _operator = "";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSluiceDatabase(await postgres.CreateDatabase());
        builder.Services.AddAudit().AddTenants().AddKeys();
        builder.Services.AddSingleton<ICatalog, OnePlanCatalog>();
        _app = builder.Build();
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.MapGroup("/api/v1").MapTenants().MapKeys();
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
        var tenants = _app.Services.GetRequiredService<ITenants>();
        _operator = (await tenants.CreateToken(new(null, "ops", null), Actor.System)).Value.Secret;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task An_operator_makes_an_organization_its_token_an_app_rules_and_keys()
    {
        var (org, token) = await Organization("Acme");
        var app = (await Send(HttpMethod.Post, $"organizations/{org}/apps", token, """{"name":"shop"}""", 201))!["id"]!.GetValue<string>();
        Assert.StartsWith("app_", app, StringComparison.Ordinal);

        var faults = await Send(
            HttpMethod.Put, $"apps/{app}/rules", token, """{"origins":["nope"],"contracts":["0x1"]}""", 422);
        Assert.Equal("/problems/keys.rules", faults!["type"]!.GetValue<string>());
        Assert.Equal(2, faults["faults"]!.AsArray().Count);
        // A mistyped type of rule must not quietly be no rule.
        await Send(HttpMethod.Put, $"apps/{app}/rules", token, """{"orgins":["https://a.b"]}""", 400);
        await Send(HttpMethod.Put, $"apps/{app}/rules", token, """{"origins":["https://A.b"],"methods":null}""", 200);
        var rules = await Send(HttpMethod.Get, $"apps/{app}/rules", token, null, 200);
        Assert.Equal("https://a.b", rules!["origins"]![0]!.GetValue<string>());
        // What is read can be sent back.
        await Send(HttpMethod.Put, $"apps/{app}/rules", token, rules.ToJsonString(), 200);
        await Send(HttpMethod.Put, $"apps/{app}/limits", token, """{"dailyUnits":10,"cap":"soft"}""", 200);
        Assert.Equal("soft", (await Send(HttpMethod.Get, $"apps/{app}", token, null, 200))!["limits"]!["cap"]!.GetValue<string>());

        var issued = await Send(HttpMethod.Post, $"apps/{app}/keys", token, """{"name":"site","kind":"publishable"}""", 201);
        Assert.StartsWith("slc_pk_", issued!["secret"]!.GetValue<string>(), StringComparison.Ordinal);
        var key = issued["key"]!["id"]!.GetValue<string>();
        var next = await Send(HttpMethod.Post, $"keys/{key}/rotate", token, """{"overlapSeconds":60}""", 201);
        await Send(HttpMethod.Post, $"keys/{next!["key"]!["id"]}/revoke", token, null, 204);

        var page = await Send(HttpMethod.Get, $"apps/{app}/keys?limit=1", token, null, 200);
        Assert.Equal(key, page!["data"]![0]!["id"]!.GetValue<string>());
        var rest = await Send(HttpMethod.Get, $"apps/{app}/keys?after={page["next"]}", token, null, 200);
        Assert.Single(rest!["data"]!.AsArray());
        Assert.Null(rest["next"]);
        Assert.DoesNotContain("secret", page.ToJsonString() + rest.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_sees_nothing_of_another_organization()
    {
        var (mine, token) = await Organization("Mine");
        var (other, otherToken) = await Organization("Other");
        var app = (await Send(HttpMethod.Post, $"organizations/{other}/apps", otherToken, """{"name":"a"}""", 201))!["id"]!.GetValue<string>();
        var key = (await Send(HttpMethod.Post, $"apps/{app}/keys", otherToken, """{"name":"k"}""", 201))!["key"]!["id"]!.GetValue<string>();

        foreach (var path in new[] { $"organizations/{other}/apps", $"apps/{app}", $"apps/{app}/rules", $"apps/{app}/limits", $"apps/{app}/keys" })
            await Send(HttpMethod.Get, path, token, null, 404);
        await Send(HttpMethod.Post, $"organizations/{other}/apps", token, """{"name":"b"}""", 404);
        await Send(HttpMethod.Put, $"apps/{app}/rules", token, "{}", 404);
        await Send(HttpMethod.Put, $"apps/{app}/limits", token, "{}", 404);
        await Send(HttpMethod.Post, $"apps/{app}/keys", token, """{"name":"k"}""", 404);
        await Send(HttpMethod.Post, $"keys/{key}/revoke", token, null, 404);
        await Send(HttpMethod.Post, $"keys/{key}/rotate", token, null, 404);
        await Send(HttpMethod.Post, "tokens", token, $$"""{"organization":"{{other}}","name":"t"}""", 404);
        await Send(HttpMethod.Post, "organizations", token, """{"name":"x"}""", 403);
        var seen = await Send(HttpMethod.Get, "organizations", token, null, 200);
        Assert.Equal(mine, Assert.Single(seen!["data"]!.AsArray())!["id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("slc_at_00000000000000000000000000000000000000")]
    [InlineData("Bearer")]
    public async Task Without_a_valid_token_every_route_answers_401_as_a_problem(string? token)
    {
        var problem = await Send(HttpMethod.Get, "organizations", token, null, 401);
        Assert.Equal("/problems/tenants.unauthenticated", problem!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_once()
    {
        var issued = await Send(HttpMethod.Post, "tokens", _operator, """{"name":"second"}""", 201);
        var secret = issued!["secret"]!.GetValue<string>();
        await Send(HttpMethod.Get, "organizations", secret, null, 200);
        await Send(HttpMethod.Post, $"tokens/{issued["id"]}/revoke", _operator, null, 204);
        await Send(HttpMethod.Get, "organizations", secret, null, 401);
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("null", 400)]
    [InlineData("[]", 400)]
    [InlineData("""{"name":5}""", 400)]
    [InlineData("""{"name":""}""", 422)]
    public async Task A_bad_body_is_refused_without_a_word_of_the_inside(string body, int status)
    {
        var problem = await Send(HttpMethod.Post, "organizations", _operator, body, status);
        Assert.DoesNotContain("Sluice", problem!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("System", problem.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_a_megabyte_is_refused() => await Send(
        HttpMethod.Post, "organizations", _operator, $$"""{"name":"{{new string('a', 1 << 20)}}"}""", 413);

    private async Task<(string Id, string Token)> Organization(string name)
    {
        var id = (await Send(HttpMethod.Post, "organizations", _operator, $$"""{"name":"{{name}}"}""", 201))!["id"]!.GetValue<string>();
        var token = await Send(HttpMethod.Post, "tokens", _operator, $$"""{"organization":"{{id}}","name":"t"}""", 201);
        return (id, token!["secret"]!.GetValue<string>());
    }

    private async Task<JsonNode?> Send(HttpMethod method, string path, string? token, string? body, int status)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/" + path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((HttpStatusCode)status == response.StatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        if (status >= 400) Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }
}
