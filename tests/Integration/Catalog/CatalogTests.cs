using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Integration.Rooms;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Catalog;
using Xunit;

namespace Sluice.Integration.Catalog;

public sealed class CatalogTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-catalog").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_import_publishes_versions_and_an_unchanged_one_publishes_nothing()
    {
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        var first = (await catalog.ImportServices(File(Service("eth"), Service("sol")), Actor.System)).Value;
        Assert.Equal(["eth", "sol"], first.Published);
        Assert.Equal((1, 1), (await catalog.Revision(), (await catalog.FindService("eth"))!.Version));

        var again = (await catalog.ImportServices(File(Service("eth"), Service("sol")), Actor.System)).Value;
        Assert.Equal((0, 2), (again.Published.Count, again.Unchanged.Count));
        Assert.Equal(1, await catalog.Revision());

        var changed = (await catalog.ImportServices(File(Service("eth", units: 7), Service("sol")), Actor.System)).Value;
        Assert.Equal(["eth"], changed.Published);
        Assert.Equal(["sol"], changed.Unchanged);
        var service = (await catalog.FindService("eth"))!;
        Assert.Equal((2, 7, 2), (service.Version, service.Prices.DefaultUnits, await catalog.Revision()));
        Assert.Equal(3, await rooms.Scalar("SELECT count(*) FROM catalog.service_versions"));
        Assert.Equal(3, (await rooms.Get<IAuditTrail>().Verify()).Events);
    }

    [Fact]
    public async Task A_bad_file_changes_nothing()
    {
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        var refused = await catalog.ImportServices(File(Service("eth"), Service("api")), Actor.System);
        Assert.Equal(("catalog.file-invalid", 422), (refused.Refusal!.Code, refused.Refusal.Status));
        Assert.Contains("$.services[1].name", Assert.Single(refused.Refusal.Details!), StringComparison.Ordinal);
        Assert.Equal("catalog.file-invalid", (await catalog.ImportPlans("{}", Actor.System)).Refusal!.Code);
        Assert.Empty(await catalog.Services());
        Assert.Equal(0, await catalog.Revision());
        Assert.Equal(0, (await rooms.Get<IAuditTrail>().Verify()).Events);
    }

    [Fact]
    public async Task Only_an_operator_changes_the_catalog()
    {
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        var organization = WireId.New<OrganizationId>();
        var member = new Actor(ActorKind.Organization, "ci", organization);
        Assert.Equal(403, (await catalog.ImportServices(File(Service("eth")), member)).Refusal?.Status);
        Assert.Equal(403, (await catalog.ImportPlans(Plan("pro", 5), member)).Refusal?.Status);
        Assert.Equal(403, (await catalog.AssignPlan(organization, "free", member)).Refusal?.Status);
        Assert.Equal(0, await catalog.Revision());
    }

    [Theory]
    [InlineData("UPDATE catalog.service_versions SET enabled = true")]
    [InlineData("DELETE FROM catalog.service_versions")]
    [InlineData("TRUNCATE catalog.service_versions CASCADE")]
    [InlineData("UPDATE catalog.plan_versions SET format = 2")]
    [InlineData("DELETE FROM catalog.plan_versions")]
    public async Task A_published_version_cannot_be_edited(string sql)
    {
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        Assert.True((await catalog.ImportServices(File(Service("eth")), Actor.System)).Ok);
        Assert.True((await catalog.ImportPlans(Plan("pro", 5), Actor.System)).Ok);
        await using var command = rooms.Source.CreateCommand(sql);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.Contains("never edited or removed", refused.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_organization_follows_the_plan_it_is_on()
    {
        await using var rooms = await Rooms(services => services.AddSingleton<IKnownOrganizations, Known>());
        var catalog = rooms.Get<ICatalog>();
        var organization = WireId.New<OrganizationId>();
        Assert.Equal((PlanDefinition.Free.Name, 0), ((await catalog.PlanOf(organization)).Name, (await catalog.PlanOf(organization)).Version));
        Assert.True((await catalog.ImportPlans(Plan("pro", 5), Actor.System)).Ok);
        Assert.Equal("catalog.plan-unknown", (await catalog.AssignPlan(organization, "nothing", Actor.System)).Refusal?.Code);
        Assert.Equal("tenants.organization-unknown", (await catalog.AssignPlan(default, "pro", Actor.System)).Refusal?.Code);

        Assert.True((await catalog.AssignPlan(organization, "pro", Actor.System)).Ok);
        Assert.Equal((1, 5), ((await catalog.PlanOf(organization)).Version, (await catalog.PlanOf(organization)).Limits.RequestsPerSecond));
        var revision = await catalog.Revision();
        Assert.True((await catalog.AssignPlan(organization, "pro", Actor.System)).Ok);
        Assert.Equal(revision, await catalog.Revision());

        Assert.True((await catalog.ImportPlans(Plan("pro", 6), Actor.System)).Ok);
        Assert.Equal((2, 6), ((await catalog.PlanOf(organization)).Version, (await catalog.PlanOf(organization)).Limits.RequestsPerSecond));
        var state = await catalog.Load();
        Assert.Equal("pro", state.Assignments[organization]);
        Assert.Equal("free", state.DefaultPlan);
        Assert.Equal(["free", "pro"], state.Plans.Select(plan => plan.Name));

        // An imported plan of the name takes the place of the built-in one.
        Assert.True((await catalog.ImportPlans(Plan("free", 9), Actor.System)).Ok);
        Assert.Equal(9, (await catalog.PlanOf(WireId.New<OrganizationId>())).Limits.RequestsPerSecond);
    }

    [Fact]
    public async Task A_literal_credential_is_encrypted_at_rest_hidden_in_answers_and_clear_in_the_state()
    {
        const string secret = "hunter22secret0123456789";
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        var file = File(Service(
            "eth", upstreams: $$$"""{"name":"a","url":"https://a.example/{{{secret}}}","headers":{"X-Key":"{{{secret}}}" }}"""));
        var imported = (await catalog.ImportServices(file, Actor.System)).Value;
        Assert.Equal(2, imported.Warnings.Count);
        Assert.DoesNotContain(secret, string.Join(' ', imported.Warnings), StringComparison.Ordinal);
        Assert.Equal(0, await rooms.Scalar($"""
            SELECT (SELECT count(*) FROM catalog.service_versions v WHERE v::text LIKE '%{secret}%')
                 + (SELECT count(*) FROM audit.events e WHERE e::text LIKE '%{secret}%')
            """));
        Assert.Equal(1, await rooms.Scalar("SELECT count(*) FROM catalog.service_versions v WHERE v::text LIKE '%sealed:v1.%'"));
        var shown = Assert.Single((await catalog.FindService("eth"))!.Upstreams);
        Assert.Equal(("https://a.example/•••", "•••"), (shown.Url, shown.Headers["X-Key"]));
        Assert.Equal("•••", Assert.Single(await catalog.Services()).Upstreams[0].Headers["X-Key"]);
        var loaded = Assert.Single(Assert.Single((await catalog.Load()).Services).Upstreams);
        Assert.Equal(($"https://a.example/{secret}", secret), (loaded.Url, loaded.Headers["X-Key"]));

        // What is the same in clear is no change, though every sealing differs; the mask keeps what is stored.
        Assert.Empty((await catalog.ImportServices(file, Actor.System)).Value.Published);
        var masked = file.Replace($"a.example/{secret}", "a.example/•••", StringComparison.Ordinal).Replace(secret, "•••", StringComparison.Ordinal);
        Assert.Empty((await catalog.ImportServices(masked, Actor.System)).Value.Published);
        var elsewhere = await catalog.ImportServices(masked.Replace("\"eth\"", "\"other\"", StringComparison.Ordinal), Actor.System);
        Assert.Equal(2, elsewhere.Refusal?.Details?.Count);
    }

    [Fact]
    public async Task A_lost_key_ring_puts_the_upstream_out_and_shows_nothing()
    {
        var database = await postgres.CreateDatabase();
        var file = File(Service("eth", enabled: true, upstreams: """
            {"name":"a","url":"https://a.example","headers":{"X-Key":"hunter22"}},{"name":"b","url":"https://b.example"}
            """));
        await using (var rooms = Rooms(database))
            Assert.True((await rooms.Get<ICatalog>().ImportServices(file, Actor.System)).Ok);
        System.IO.File.Delete(Path.Combine(_folder, "ring.json"));
        await using (var rooms = Rooms(database))
        {
            var catalog = rooms.Get<ICatalog>();
            var state = await catalog.Load();
            Assert.Equal(["b"], Assert.Single(state.Services).Upstreams.Select(upstream => upstream.Name));
            Assert.Equal("a", Assert.Single(state.Out).Upstream);
            Assert.Equal("•••", (await catalog.FindService("eth"))!.Upstreams[0].Headers["X-Key"]);
            Assert.Equal(["eth"], (await catalog.ImportServices(file, Actor.System)).Value.Published);
            Assert.Empty((await catalog.Load()).Out);
        }
    }

    [Fact]
    public async Task A_reference_is_resolved_on_load_alone_and_its_absence_leaves_the_rest()
    {
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        await System.IO.File.WriteAllTextAsync(Path.Combine(_folder, "url"), "https://c.example\n", TestContext.Current.CancellationToken);
        var imported = (await catalog.ImportServices(
            File(Service("eth", enabled: true, upstreams: $$$"""
                {"name":"a","url":"${env:NO_SUCH_VARIABLE_OF_OURS}"},{"name":"b","url":"https://b.example"},
                {"name":"c","url":"file:{{{_folder}}}/url"}
                """)), Actor.System)).Value;
        Assert.Contains("NO_SUCH_VARIABLE_OF_OURS is not set", Assert.Single(imported.Warnings), StringComparison.Ordinal);
        Assert.Equal("${env:NO_SUCH_VARIABLE_OF_OURS}", (await catalog.FindService("eth"))!.Upstreams[0].Url);
        var state = await catalog.Load();
        Assert.Equal(["https://b.example", "https://c.example"], Assert.Single(state.Services).Upstreams.Select(upstream => upstream.Url));
        Assert.Equal(("eth", "a"), (Assert.Single(state.Out).Service, state.Out[0].Upstream));
    }

    [Fact]
    public async Task Revisions_rise_in_the_order_of_commits_and_tell_listeners()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        await using var listener = await rooms.Source.OpenConnectionAsync(ct);
        List<string> told = [];
        listener.Notification += (_, notice) => told.Add(notice.Payload);
        await using (var listen = new NpgsqlCommand("LISTEN sluice_catalog", listener)) await listen.ExecuteNonQueryAsync(ct);

        // One writer holds its turn open; the others wait for its commit, and nobody sees a revision before it.
        await using (var work = await rooms.Units.Begin(ct))
        {
            Assert.True((await catalog.ImportServices(File(Service("first")), Actor.System, work, ct)).Ok);
            var others = Enumerable.Range(0, 8)
                .Select(i => catalog.ImportServices(File(Service($"s{i}"), Service("shared", units: i + 1)), Actor.System, ct: ct)).ToArray();
            Assert.Equal(0, await catalog.Revision(ct));
            Assert.Empty((await catalog.Load(ct)).Services);
            Assert.DoesNotContain(others, other => other.IsCompleted);
            await work.Commit(ct);
            foreach (var other in others) Assert.True((await other).Ok);
        }
        var state = await catalog.Load(ct);
        Assert.Equal((9, 10), (state.Revision, state.Services.Count));
        Assert.Equal(8, state.Services.Single(service => service.Name == "shared").Version);
        while (told.Count < 9) Assert.True(await listener.WaitAsync(TimeSpan.FromSeconds(20), ct));
        Assert.Equal(Enumerable.Range(1, 9).Select(i => $"{i}"), told);
    }

    [Fact]
    public async Task A_unit_of_work_that_is_not_committed_leaves_nothing()
    {
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        await using (var work = await rooms.Units.Begin())
            Assert.True((await catalog.ImportServices(File(Service("eth")), Actor.System, work)).Ok);
        Assert.Empty(await catalog.Services());
        Assert.Equal(0, await catalog.Revision());
    }

    [Fact]
    public async Task Every_shipped_file_imports_twice_and_publishes_once()
    {
        await using var rooms = await Rooms();
        var catalog = rooms.Get<ICatalog>();
        var config = Path.Combine(Root(), "config");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(config, "services"), "*.json", SearchOption.AllDirectories))
        {
            var json = await System.IO.File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.NotEmpty((await catalog.ImportServices(json, Actor.System)).Value.Published);
            Assert.Empty((await catalog.ImportServices(json, Actor.System)).Value.Published);
        }
        foreach (var file in Directory.EnumerateFiles(Path.Combine(config, "plans"), "*.json"))
        {
            var json = await System.IO.File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.Single((await catalog.ImportPlans(json, Actor.System)).Value.Published);
            Assert.Empty((await catalog.ImportPlans(json, Actor.System)).Value.Published);
        }
        Assert.Equal(["free", "operator"], (await catalog.Plans()).Select(plan => plan.Name));
    }

    private async Task<RoomsHost> Rooms(Action<IServiceCollection>? more = null) => Rooms(await postgres.CreateDatabase(), more);

    private RoomsHost Rooms(string database, Action<IServiceCollection>? more = null) => new(database, services =>
    {
        services.AddCatalog();
        services.Configure<CatalogOptions>(options =>
        {
            options.KeyRingFile = Path.Combine(_folder, "ring.json");
            options.SecretFolders = _folder;
        });
        more?.Invoke(services);
    });

    private static string File(params string[] services) => $$"""{"services":[{{string.Join(',', services)}}]}""";

    private static string Service(string name, int units = 1, bool enabled = false, string upstreams = "") =>
        $"{{\"name\":\"{name}\",\"title\":\"T\",\"enabled\":{(enabled ? "true" : "false")},"
        + $"\"prices\":{{\"defaultUnits\":{units},\"methods\":{{\"b\":2,\"a\":1}}}},\"upstreams\":[{upstreams}]}}";

    private static string Plan(string name, int requests) =>
        $"{{\"plans\":[{{\"name\":\"{name}\",\"title\":\"T\",\"limits\":{{\"requestsPerSecond\":{requests}}}}}]}}";

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));

    private sealed class Known : IKnownOrganizations
    {
        public Task<bool> Exists(OrganizationId organization, CancellationToken ct = default) =>
            Task.FromResult(organization != default);
    }
}
