using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sluice.Host.Database;
using Sluice.Integration.Postgres;
using Xunit;

namespace Sluice.Integration.Database;

public sealed class MigratorTests(PostgresCluster postgres)
{
    private static readonly MigrationScript First = new("Audit", "0001_a", "CREATE TABLE a (id int)");
    private static readonly MigrationScript Second = new("Audit", "0002_b", "ALTER TABLE a ADD COLUMN b int");
    private static readonly MigrationScript Upper = new("Keys", "0001_c", "CREATE TABLE c AS SELECT b FROM a");

    [Fact]
    public async Task Migrate_applies_rooms_in_their_order_and_nothing_twice()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());
        Assert.Equal(3, await Migrator(source, Upper, Second, First).Pending());
        Assert.Equal(3, await Migrator(source, Upper, Second, First).Migrate());
        Assert.Equal(0, await Migrator(source, Upper, Second, First).Migrate());
        Assert.Equal(0, await Migrator(source, Upper, Second, First).Pending());
    }

    [Fact]
    public async Task Migrate_refuses_an_applied_script_whose_text_changed()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());
        await Migrator(source, First).Migrate();
        var fault = await Assert.ThrowsAsync<MigrationException>(
            () => Migrator(source, First with { Text = "CREATE TABLE a (id bigint)" }, Second).Migrate());
        Assert.Contains("Audit/0001_a was changed", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, await Migrator(source, First, Second).Migrate());
    }

    [Fact]
    public async Task Migrate_refuses_a_new_script_before_an_applied_one()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());
        await Migrator(source, First, Second).Migrate();
        var late = new MigrationScript("Audit", "0001_z", "SELECT 1");
        var fault = await Assert.ThrowsAsync<MigrationException>(() => Migrator(source, First, late, Second).Migrate());
        Assert.Contains("only go forward", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_script_leaves_nothing_behind_and_keeps_those_before_it()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());
        var broken = new MigrationScript("Jobs", "0001_x", "CREATE TABLE x (id int); SELECT nothing FROM nowhere");
        var fault = await Assert.ThrowsAsync<MigrationException>(() => Migrator(source, First, broken).Migrate());
        Assert.Contains("Jobs/0001_x failed", fault.Message, StringComparison.Ordinal);
        await using var command = source.CreateCommand("SELECT to_regclass('a') IS NOT NULL AND to_regclass('x') IS NULL");
        Assert.Equal(true, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Many_processes_at_once_apply_each_script_once()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());
        var applied = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Migrator(source, First, Second, Upper).Migrate()));
        Assert.Equal(3, applied.Sum());
    }

    [Fact]
    public async Task The_rooms_own_scripts_run_on_an_empty_database()
    {
        await using var source = NpgsqlDataSource.Create(await postgres.CreateEmptyDatabase());
        Assert.True(await new Migrator(source, NullLogger<Migrator>.Instance).Migrate() >= 3);
    }

    private static Migrator Migrator(NpgsqlDataSource source, params MigrationScript[] scripts) =>
        new(source, NullLogger<Migrator>.Instance, scripts);
}
