using Npgsql;
using Sluice.Host.Database;
using Sluice.Host.Observability;
using Sluice.Host.Postgres;
using Sluice.Host.Serving;
using Sluice.Host.Settings;

namespace Sluice.Host.Cli;

/// <summary>The database of this machine for a command that works on it directly.</summary>
internal sealed class LocalDatabase : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private LocalDatabase(HostSettings settings, SluiceConfiguration configuration, PrivateCluster? cluster)
    {
        Settings = settings;
        Cluster = cluster;
        ConnectionString = settings.Database ?? cluster!.ConnectionString;
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration.Values).Build())
            .AddSingleton(settings)
            .AddSingleton(TimeProvider.System)
            .AddLogging(logging => Logs.Configure(logging, settings with { LogLevel = LogLevel.Warning, LogJson = false }))
            .AddSluiceDatabase(ConnectionString);
        services.AddKeyRing(settings);
        services.AddRooms(Roles.None);
        services.AddJournals(settings);
        _services = services.BuildServiceProvider();
    }

    public HostSettings Settings { get; }
    public PrivateCluster? Cluster { get; }
    public string ConnectionString { get; }
    public NpgsqlDataSource Source => _services.GetRequiredService<NpgsqlDataSource>();
    public Migrator Migrator => _services.GetRequiredService<Migrator>();

    public IServiceProvider Services => _services;

    public static async Task<LocalDatabase> Open(CancellationToken ct)
    {
        var configuration = SluiceConfiguration.FromEnvironment();
        var settings = LocalSettings.Read(configuration);
        Demo.DemoProfile.FindChain(settings.DataDirectory);
        return new(
            settings, configuration,
            settings.Database is null ? await PrivateCluster.Use(settings.DataDirectory, ct) : null);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (Cluster is not null) await Cluster.DisposeAsync();
    }
}
