using Npgsql;
using Xunit;

namespace Sluice.Integration.Postgres;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task A_dedicated_server_stops_starts_again_on_its_data_and_leaves_no_file()
    {
        var (server, connectionString) = await PostgresCluster.CreateDedicated();
        string folder;
        await using (server)
        {
            folder = new NpgsqlConnectionStringBuilder(connectionString).Host!;
            await using var source = NpgsqlDataSource.Create(connectionString);
            await using (var create = source.CreateCommand("CREATE TABLE kept AS SELECT 1 AS one")) await create.ExecuteNonQueryAsync();
            await server.Stop();
            await using var read = source.CreateCommand("SELECT one FROM kept");
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => read.ExecuteScalarAsync());
            await server.Start();
            source.Clear();
            Assert.Equal(1, await read.ExecuteScalarAsync());
        }
        Assert.False(Directory.Exists(folder));
    }
}
