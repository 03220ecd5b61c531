using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Host.Database;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Catalog;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Catalog;

public sealed class CatalogRoutesTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-routes").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_routes_import_list_show_and_assign()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var app = await Start();
        var tenants = app.Services.GetRequiredService<ITenants>();
        var organization = (await tenants.CreateOrganization("Acme", Actor.System, ct: ct)).Value.Id;
        using var nobody = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var operators = await Client(app, null);
        using var member = await Client(app, organization);

        const string services = """
            {"services":[{"name":"off","title":"Off","prices":{"defaultUnits":1}},
            {"name":"on","title":"On","enabled":true,"prices":{"defaultUnits":1,"methods":{"a":2}},
             "upstreams":[{"name":"u","url":"https://a.example","headers":{"X-Key":"hunter22"}}]}]}
            """;
        Assert.Equal(HttpStatusCode.Unauthorized, (await Post(nobody, "services/import", services)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(member, "services/import", services)).Status);
        var refused = await Post(operators, "services/import", """{"services":[{"name":"api"}],"x":1}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal(4, refused.Body.GetProperty("faults").GetArrayLength());
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Post(operators, "services/import", new string(' ', 4 * 1024 * 1024 + 1))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Post(operators, "services/import", services)).Status);

        Assert.Equal(2, (await Get(operators, "services")).GetProperty("data").GetArrayLength());
        var page = await Get(operators, "services?limit=1");
        Assert.Equal("off", page.GetProperty("next").GetString());
        Assert.Equal("on", (await Get(operators, "services?limit=1&after=off")).GetProperty("data")[0].GetProperty("name").GetString());
        Assert.Equal("on", Assert.Single((await Get(member, "services")).GetProperty("data").EnumerateArray()).GetProperty("name").GetString());
        using (var hidden = await member.GetAsync(new Uri("api/v1/services/off", UriKind.Relative), ct))
            Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        Assert.Equal(JsonValueKind.Null, (await Get(member, "services/on")).GetProperty("upstreams").ValueKind);

        // What is shown can be imported as it is, and changes nothing.
        var shown = await Get(operators, "services/on");
        Assert.DoesNotContain("hunter22", shown.GetRawText(), StringComparison.Ordinal);
        var again = await Post(operators, "services/import", $$"""{"services":[{{shown.GetRawText()}}]}""");
        Assert.Equal("on", Assert.Single(again.Body.GetProperty("unchanged").EnumerateArray()).GetString());

        Assert.Equal(HttpStatusCode.OK, (await Post(operators, "plans/import", """{"plans":[{"name":"pro","title":"Pro"}]}""")).Status);
        Assert.Equal(2, (await Get(operators, "plans")).GetProperty("data").GetArrayLength());
        using (var missing = await operators.PutAsJsonAsync($"api/v1/organizations/{organization}/plan", new { plan = "nothing" }, ct))
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        using (var assigned = await operators.PutAsJsonAsync($"api/v1/organizations/{organization}/plan", new { plan = "pro" }, ct))
            Assert.Equal(HttpStatusCode.OK, assigned.StatusCode);
        Assert.Equal("pro", Assert.Single((await Get(member, "plans")).GetProperty("data").EnumerateArray()).GetProperty("name").GetString());
    }

    private async Task<WebApplication> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSluiceDatabase(await postgres.CreateDatabase());
        builder.Services.AddAudit().AddTenants().AddCatalog();
        builder.Services.Configure<CatalogOptions>(options => options.KeyRingFile = Path.Combine(_folder, "ring.json"));
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGroup("/api/v1").MapCatalog();
        await app.StartAsync();
        return app;
    }

    private static async Task<HttpClient> Client(WebApplication app, OrganizationId? organization)
    {
        var token = await app.Services.GetRequiredService<ITenants>().CreateToken(new(organization, "test", null), Actor.System);
        return new HttpClient
        {
            BaseAddress = new Uri(app.Urls.First()),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token.Value.Secret) },
        };
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> Post(HttpClient client, string path, string body)
    {
        using var content = new StringContent(body);
        using var answer = await client.PostAsync(new Uri("api/v1/" + path, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text));
    }

    private static Task<JsonElement> Get(HttpClient client, string path) =>
        client.GetFromJsonAsync<JsonElement>("api/v1/" + path);
}
