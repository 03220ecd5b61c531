using Npgsql;
using Sluice.Host.Database;
using Sluice.Host.Observability;
using Sluice.Host.Postgres;
using Sluice.Host.Settings;

namespace Sluice.Host.Cli;

/// <summary>The database of this machine for a command that works on it directly.</summary>
internal sealed class LocalDatabase : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private LocalDatabase(HostSettings settings, PrivateCluster? cluster)
    {
        Settings = settings;
        Cluster = cluster;
        ConnectionString = settings.Database ?? cluster!.ConnectionString;
        _services = new ServiceCollection()
            .AddLogging(logging => Logs.Configure(logging, settings with { LogLevel = LogLevel.Warning, LogJson = false }))
            .AddSluiceDatabase(ConnectionString)
            .BuildServiceProvider();
    }

    public HostSettings Settings { get; }
    public PrivateCluster? Cluster { get; }
    public string ConnectionString { get; }
    public NpgsqlDataSource Source => _services.GetRequiredService<NpgsqlDataSource>();
    public Migrator Migrator => _services.GetRequiredService<Migrator>();

    public static Task<LocalDatabase> Open(CancellationToken ct) =>
        Open(LocalSettings.Read(SluiceConfiguration.FromEnvironment()), ct);

    public static async Task<LocalDatabase> Open(HostSettings settings, CancellationToken ct) =>
        new(settings, settings.Database is null ? await PrivateCluster.Use(settings.DataDirectory, ct) : null);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (Cluster is not null) await Cluster.DisposeAsync();
    }
}
