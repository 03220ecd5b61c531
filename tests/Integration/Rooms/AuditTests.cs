using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class AuditTests(PostgresCluster postgres)
{
    [Fact]
    public async Task Concurrent_events_form_one_chain_without_a_gap()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => Record(rooms, $"thing {i}", i % 5 != 0))));
        Assert.Equal(new AuditProof(48, null), await rooms.Get<IAuditTrail>().Verify());
        Assert.Equal(48, await rooms.Scalar("SELECT max(number) FROM audit.events"));
    }

    [Theory]
    [InlineData("UPDATE audit.events SET subject = 'x'")]
    [InlineData("DELETE FROM audit.events")]
    [InlineData("TRUNCATE audit.events")]
    public async Task The_table_refuses_every_edit(string sql)
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        await Record(rooms, "thing", true);
        await using var command = rooms.Source.CreateCommand(sql);
        var fault = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Contains("append-only", fault.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE audit.events SET subject = 'x' WHERE number = 2", 2)]
    [InlineData("UPDATE audit.events SET after = NULL WHERE number = 3", 3)]
    [InlineData("UPDATE audit.events SET at = at + interval '1 microsecond' WHERE number = 1", 1)]
    [InlineData("DELETE FROM audit.events WHERE number = 2", 2)]
    [InlineData("DELETE FROM audit.events WHERE number = 4", 4)]
    public async Task Verify_finds_what_was_done_behind_the_triggers(string sql, long at)
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        for (var i = 0; i < 4; i++) await Record(rooms, $"thing {i}", true);
        await using var command = rooms.Source.CreateCommand($"ALTER TABLE audit.events DISABLE TRIGGER USER; {sql}");
        await command.ExecuteNonQueryAsync();
        Assert.Equal(at, (await rooms.Get<IAuditTrail>().Verify()).BrokenAt);
    }

    private static async Task Record(RoomsHost rooms, string subject, bool commit)
    {
        await using var work = await rooms.Units.Begin();
        await rooms.Get<IAudit>().Record(
            new AuditEvent(Actor.System, "test.thing.change", subject, null, null, "{}"), work);
        if (commit) await work.Commit();
    }
}
