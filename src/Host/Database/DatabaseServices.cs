using Npgsql;
using Sluice.Kernel;

namespace Sluice.Host.Database;

internal static class DatabaseServices
{
    /// <summary>Connections that a process holds at most, unless the connection string says otherwise.</summary>
    private const int PoolMax = 40;
    private const int NpgsqlDefaultPoolMax = 100;
    private const int PreparedMax = 100;

    /// <summary>Registers the data source, units of work on it and the migrator.</summary>
    public static IServiceCollection AddSluiceDatabase(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(_ => Source(connectionString));
        services.AddSingleton<IUnitsOfWork, UnitsOfWork>();
        services.AddSingleton<Migrator>();
        return services;
    }

    internal static NpgsqlDataSource Source(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "sluice",
            // Transactions and LISTEN need a connection of their own.
            Multiplexing = false,
            IncludeErrorDetail = false,
        };
        if (settings.MaxPoolSize == NpgsqlDefaultPoolMax) settings.MaxPoolSize = PoolMax;
        // What runs twice a second is parsed and planned once; zero is for a pooler between that cannot keep it.
        if (!connectionString.Contains("Max Auto Prepare", StringComparison.OrdinalIgnoreCase))
            settings.MaxAutoPrepare = PreparedMax;
        return NpgsqlDataSource.Create(settings);
    }
}
