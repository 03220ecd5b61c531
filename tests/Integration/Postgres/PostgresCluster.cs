using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sluice.Host.Database;
using Sluice.Integration.Postgres;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace Sluice.Integration.Postgres;

/// <summary>
/// The PostgreSQL of a test run: started by the first test that asks, with a migrated template that every database is a
/// copy of. A test class takes it in its constructor.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string Template = "sluice_template";

    private readonly SemaphoreSlim _turn = new(1);
    private PostgresServer? _server;
    private int _databases;

    /// <summary>A new migrated database; returns its connection string.</summary>
    public Task<string> CreateDatabase() => Create(Template);

    /// <summary>A new database without anything in it; returns its connection string.</summary>
    public Task<string> CreateEmptyDatabase() => Create("template0");

    /// <summary>
    /// A server of the test's own, which it may stop and start, with a migrated database in it. The caller disposes.
    /// </summary>
    public static async Task<(PostgresServer Server, string ConnectionString)> CreateDedicated()
    {
        var server = await PostgresServer.Create();
        await server.Run("CREATE DATABASE sluice");
        var connectionString = server.ConnectionString("sluice");
        await Migrate(connectionString);
        return (server, connectionString);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null) await _server.DisposeAsync();
        _turn.Dispose();
    }

    private async Task<string> Create(string template)
    {
        // One at a time: PostgreSQL copies a template only while nobody else is in it.
        await _turn.WaitAsync();
        try
        {
            _server ??= await Start();
            var name = $"t{++_databases}";
            await _server.Run($"CREATE DATABASE {name} TEMPLATE {template}");
            return _server.ConnectionString(name);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<PostgresServer> Start()
    {
        var server = await PostgresServer.Create();
        try
        {
            await server.Run($"CREATE DATABASE {Template}");
            await Migrate(server.ConnectionString(Template));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static async Task Migrate(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await new Migrator(source, NullLogger<Migrator>.Instance).Migrate();
    }
}
