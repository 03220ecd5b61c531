using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sluice.Integration.Processes;
using Sluice.Integration.Rooms;
using Sluice.Kernel;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;
using Sluice.Platform.Tenants;

namespace Sluice.Integration.Chaos;

/// <summary>
/// What the processes of one installation share: a database, a data directory, a service over an origin, and an
/// organization on a plan that refuses nothing. The processes are real ones; what they find was written through the
/// rooms' doors.
/// </summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string Service = "chain";

    /// <summary>A plain HTTP service, for tests that import it: see <see cref="ImportFiles"/>.</summary>
    public const string Files = "files";

    private const long Endless = 1_000_000_000_000;

    private static readonly object NoLimit = new
    {
        requestsPerSecond = 1_000_000,
        unitsPerSecond = 1_000_000_000,
        dailyUnits = Endless,
        monthlyUnits = Endless,
        cap = "soft",
    };

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly TemporaryDirectory _data = new("chaos");
    private readonly RoomsHost _rooms;
    private readonly List<SluiceProcess> _processes = [];

    private Installation(string database)
    {
        Database = database;
        _rooms = new RoomsHost(database, services =>
        {
            services.AddSingleton(TimeProvider.System);
            services.AddSingleton<IKnownOrganizations, AnyOrganization>();
            services.AddCatalog();
            services.Configure<CatalogOptions>(o => o.KeyRingFile = _data["catalog-keys.json"]);
            services.AddKeys();
        });
    }

    public string Database { get; }

    public string Data => _data.Path;

    public string Journals => _data["journal"];

    public OrganizationId Organization { get; private set; }

    public IKeys Keys => _rooms.Get<IKeys>();

    public NpgsqlDataSource Source => _rooms.Source;

    /// <param name="database">Connection string of a migrated database that is the installation's alone.</param>
    /// <param name="upstream">The origin's address.</param>
    /// <param name="units">The price of every call.</param>
    /// <param name="sockets">The origin's address for WebSockets, where it is another.</param>
    public static async Task<Installation> Open(string database, string upstream, int units = 1, string? sockets = null)
    {
        var made = new Installation(database);
        try
        {
            await made.Furnish(upstream, units, sockets);
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds the plain HTTP service.</summary>
    public Task ImportFiles(string upstream) => Import(new
    {
        name = Files,
        title = "Files",
        protocol = "http",
        enabled = true,
        prices = new { defaultUnits = 3 },
        upstreams = new[] { new { name = "origin", url = upstream } },
    });

    /// <summary>Adds services to the catalog, or new versions of them.</summary>
    public async Task Import(params object[] services) => Need(
        await _rooms.Get<ICatalog>().ImportServices(JsonSerializer.Serialize(new { services }, Json), Actor.System));

    public async Task<App> CreateApp(LimitSet? limits = null)
    {
        var app = Need(await Keys.CreateApp(Organization, $"app {Guid.CreateVersion7():N}", Actor.System));
        return limits is null ? app : Need(await Keys.SetAppLimits(app.Id, limits, Actor.System));
    }

    public async Task<IssuedKey> CreateKey(App app, LimitSet? limits = null) =>
        Need(await Keys.CreateKey(new KeyRequest(app.Id, KeyKind.Secret, "load", limits), Actor.System));

    /// <summary>An operator's token for the API.</summary>
    public async Task<string> CreateToken() =>
        Need(await _rooms.Tenants.CreateToken(new TokenRequest(null, "tests", null), Actor.System)).Secret;

    /// <summary>Starts <c>sluice serve</c>, which goes with the installation.</summary>
    public Task<SluiceProcess> Start(string roles, params (string Name, string? Value)[] settings) =>
        Start(Options(roles, settings));

    public async Task<SluiceProcess> Start(SluiceOptions options)
    {
        var process = await SluiceProcess.Start(options);
        lock (_processes) _processes.Add(process);
        return process;
    }

    public SluiceOptions Options(string roles, params (string Name, string? Value)[] settings)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["SLUICE_ROLES"] = roles,
            ["SLUICE_LOG_LEVEL"] = "warning",
            // Small segments, so that a short run rotates and archives them too.
            ["SLUICE_JOURNAL__SEGMENTSLOTS"] = "4096",
            ["SLUICE_JOURNAL__FREEDISKBYTESMIN"] = "0",
            ["SLUICE_METERING__TAKEOVERINTERVALMS"] = "500",
            // A start is most of what these tests wait for.
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (name, value) in settings) environment[name] = value;
        return new SluiceOptions { Database = Database, Data = Data, Environment = environment };
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
        await _rooms.DisposeAsync();
        _data.Dispose();
    }

    private async Task Furnish(string upstream, int units, string? sockets)
    {
        await Import(new
        {
            name = Service,
            title = "Chain",
            protocol = "jsonRpc",
            enabled = true,
            prices = new { defaultUnits = units },
            upstreams = new[] { new { name = "origin", url = upstream, socketUrl = sockets } },
        });
        var catalog = _rooms.Get<ICatalog>();
        var plans = new[] { new { name = "endless", title = "Endless", limits = NoLimit } };
        Need(await catalog.ImportPlans(JsonSerializer.Serialize(new { plans }), Actor.System));
        Organization = Need(await _rooms.Tenants.CreateOrganization("Load", Actor.System)).Id;
        Need(await catalog.AssignPlan(Organization, "endless", Actor.System));
    }

    private static T Need<T>(Result<T> result) => result.Ok
        ? result.Value
        : throw new InvalidOperationException(
            $"{result.Refusal!.Code}: {result.Refusal.Message} {string.Join("; ", result.Refusal.Details ?? [])}");

    private sealed class AnyOrganization : IKnownOrganizations
    {
        public Task<bool> Exists(OrganizationId organization, CancellationToken ct = default) => Task.FromResult(true);
    }
}
