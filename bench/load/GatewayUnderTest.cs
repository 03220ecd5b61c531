using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Sluice.Integration.Postgres;
using Sluice.Integration.Processes;

namespace Sluice.Load;

/// <summary>
/// <c>sluice serve</c> as it would run for a customer: a PostgreSQL that syncs, a service with prices, a plan, an app
/// with rules and limits, a key with limits. Nothing is switched off.
/// </summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    private const string Service = "bench";

    // Far above what can be reached: every check runs and none refuses.
    private const long UnitsPerDay = 1_000_000_000_000;

    private static readonly object Limits = new
    {
        requestsPerSecond = 1_000_000,
        unitsPerSecond = 1_000_000_000,
        dailyUnits = UnitsPerDay,
        monthlyUnits = 10 * UnitsPerDay,
        cap = "hard",
    };

    private readonly HttpClient _api;
    private readonly TemporaryDirectory _files;

    private GatewayUnderTest(PostgresServer database, SluiceProcess sluice, TemporaryDirectory files)
    {
        Database = database;
        Sluice = sluice;
        _files = files;
        _api = new HttpClient { BaseAddress = sluice.BaseUrl, Timeout = TimeSpan.FromSeconds(30) };
    }

    public PostgresServer Database { get; }

    public SluiceProcess Sluice { get; }

    /// <summary>The secret key of the app.</summary>
    public string Key { get; private set; } = string.Empty;

    /// <summary>Its id.</summary>
    public string KeyId { get; private set; } = string.Empty;

    public string App { get; private set; } = string.Empty;

    public Uri Url => new(Sluice.BaseUrl, $"/v1/{Service}");

    public static async Task<GatewayUnderTest> Start(string originUrl)
    {
        if (!File.Exists(Repository.Executable))
            throw new InvalidOperationException($"{Repository.Executable} is missing: dotnet build -c Release");
        var database = await PostgresServer.Create(durable: true);
        GatewayUnderTest? gateway = null;
        try
        {
            await database.Run("CREATE DATABASE sluice");
            var sluice = await SluiceProcess.Start(new SluiceOptions
            {
                Database = database.ConnectionString("sluice"),
                Executable = Repository.Executable,
            });
            gateway = new GatewayUnderTest(database, sluice, new TemporaryDirectory("bench"));
            await gateway.Furnish(originUrl);
            return gateway;
        }
        catch
        {
            if (gateway is not null) await gateway.DisposeAsync();
            else await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates one more key of the app and returns its secret.</summary>
    public async Task<(string Id, string Secret)> CreateKey(string name)
    {
        var issued = await Send(HttpMethod.Post, $"apps/{App}/keys", new { kind = "secret", name, limits = Limits });
        return (issued.GetProperty("key").GetProperty("id").GetString()!, issued.GetProperty("secret").GetString()!);
    }

    /// <summary>The metrics in Prometheus' text.</summary>
    public Task<string> Metrics() => _api.GetStringAsync(new Uri("/metrics", UriKind.Relative));

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await Sluice.DisposeAsync();
        await Database.DisposeAsync();
        _files.Dispose();
    }

    private async Task Furnish(string originUrl)
    {
        var catalog = _files["services.json"];
        await File.WriteAllTextAsync(catalog, JsonSerializer.Serialize(new
        {
            services = new[]
            {
                new
                {
                    name = Service, title = "Benchmark", protocol = "jsonRpc", enabled = true,
                    prices = new
                    {
                        defaultUnits = 10,
                        methods = new Dictionary<string, int>(StringComparer.Ordinal)
                        {
                            ["eth_blockNumber"] = 10, ["eth_call"] = 26,
                        },
                    },
                    upstreams = new[] { new { name = "origin", url = originUrl } },
                },
            },
        }));
        await Sluice.Verb("service", "import", catalog);
        var token = await Sluice.VerbJson("token", "create", "--operator", "--name", "bench");
        _api.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", token.GetProperty("secret").GetString());

        await Send(HttpMethod.Post, "plans/import", new
        {
            plans = new[] { new { name = "bench", title = "Benchmark", limits = Limits, keysMax = 10_000_000 } },
        });
        var organization = await Send(HttpMethod.Post, "organizations", new { name = "Benchmark" });
        var organizationId = organization.GetProperty("id").GetString();
        await Send(HttpMethod.Put, $"organizations/{organizationId}/plan", new { plan = "bench" });
        var app = await Send(HttpMethod.Post, $"organizations/{organizationId}/apps", new { name = "bench" });
        App = app.GetProperty("id").GetString()!;
        await Send(HttpMethod.Put, $"apps/{App}/rules", new
        {
            services = new[] { Service },
            methods = new[] { "eth_*", "net_version" },
        });
        await Send(HttpMethod.Put, $"apps/{App}/limits", Limits);
        (KeyId, Key) = await CreateKey("bench");
    }

    private async Task<JsonElement> Send(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, new Uri($"/api/v1/{path}", UriKind.Relative))
        {
            Content = JsonContent.Create(body),
        };
        using var answer = await _api.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {text}");
        if (text.Length == 0) return default;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
