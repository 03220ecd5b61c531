using System.Text.Json.Nodes;
using Sluice.Integration.Postgres;
using Sluice.Integration.Rooms;
using Xunit;

namespace Sluice.Integration.Catalog;

public sealed class CatalogRoutesTests(PostgresCluster postgres)
{
    [Fact]
    public async Task The_routes_import_list_show_and_assign()
    {
        await using var api = await RoomsApi.Start(await postgres.CreateDatabase());
        var (organization, member) = await api.Organization("Acme");

        const string services = """
            {"services":[{"name":"off","title":"Off","prices":{"defaultUnits":1}},
            {"name":"on","title":"On","enabled":true,"prices":{"defaultUnits":1,"methods":{"a":2}},
             "upstreams":[{"name":"u","url":"https://a.example","headers":{"X-Key":"hunter22"}}]}]}
            """;
        await api.Send(HttpMethod.Post, "services/import", null, services, 401);
        await api.Send(HttpMethod.Post, "services/import", member, services, 403);
        var refused = await Import("services", """{"services":[{"name":"api"}],"x":1}""", 422);
        Assert.Equal(4, refused["faults"]!.AsArray().Count);
        await Import("services", new string(' ', 4 * 1024 * 1024 + 1), 413);
        await Import("services", services, 200);

        Assert.Equal(["off", "on"], Names(await Get("services", api.Operator)));
        var page = await Get("services?limit=1", api.Operator);
        Assert.Equal(["off"], Names(page));
        Assert.Equal("off", page["next"]!.GetValue<string>());
        Assert.Equal(["on"], Names(await Get("services?limit=1&after=off", api.Operator)));
        Assert.Equal(["on"], Names(await Get("services", member)));
        await api.Send(HttpMethod.Get, "services?limit=201", member, null, 400);
        await api.Send(HttpMethod.Get, "services/off", member, null, 404);
        Assert.Null((await Get("services/on", member))["upstreams"]);

        // What is shown can be imported as it is, and changes nothing.
        var shown = (await Get("services/on", api.Operator)).ToJsonString();
        Assert.DoesNotContain("hunter22", shown, StringComparison.Ordinal);
        var again = await Import("services", $$"""{"services":[{{shown}}]}""", 200);
        Assert.Equal("on", Assert.Single(again["unchanged"]!.AsArray())!.GetValue<string>());

        await Import("plans", """{"plans":[{"name":"pro","title":"Pro"}]}""", 200);
        Assert.Equal(["free", "pro"], Names(await Get("plans", api.Operator)));
        var plan = $"organizations/{organization}/plan";
        await api.Send(HttpMethod.Put, plan, api.Operator, """{"plan":"nothing"}""", 404);
        await api.Send(HttpMethod.Put, plan, member, """{"plan":"pro"}""", 403);
        await api.Send(HttpMethod.Put, plan, api.Operator, """{"plan":"pro"}""", 200);
        Assert.Equal(["pro"], Names(await Get("plans", member)));

        async Task<JsonNode> Get(string path, string token) =>
            (await api.Send(HttpMethod.Get, path, token, null, 200))!;

        async Task<JsonNode> Import(string what, string file, int status) =>
            (await api.Send(HttpMethod.Post, $"{what}/import", api.Operator, file, status))!;
    }

    private static IEnumerable<string> Names(JsonNode list) =>
        list["data"]!.AsArray().Select(item => item!["name"]!.GetValue<string>());
}
