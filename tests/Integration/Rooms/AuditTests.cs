using System.Security.Cryptography;
using System.Text;
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

    [Theory]
    [InlineData("UPDATE audit.events SET agent = 'other' WHERE number = 2", 2)]
    [InlineData("UPDATE audit.events SET ip_prefix = '10.0.0.0/24' WHERE number = 3", 3)]
    [InlineData("UPDATE audit.events SET request_id = 'other' WHERE number = 1", 1)]
    [InlineData("UPDATE audit.events SET form = 1 WHERE number = 4", 4)]
    public async Task Verify_finds_an_origin_that_was_altered(string sql, long at)
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        for (var i = 0; i < 4; i++) await Record(rooms, $"thing {i}", true);
        await Run(rooms, $"ALTER TABLE audit.events DISABLE TRIGGER USER; {sql}");
        Assert.Equal(at, (await rooms.Get<IAuditTrail>().Verify()).BrokenAt);
    }

    [Fact]
    public async Task Checkpoint_is_signed_once_for_each_end_and_holds_while_the_trail_grows()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var trail = rooms.Get<IAuditTrail>();
        Assert.Null(await trail.Sign());
        await Record(rooms, "one", true);
        Assert.Equal(1, (await trail.Sign())!.Number);
        Assert.Null(await trail.Sign());
        await Record(rooms, "two", true);
        await Record(rooms, "three", true);
        // Many at once: one wins, none fails.
        var signed = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => trail.Sign()));
        Assert.Equal(3, Assert.Single(signed, one => one is not null)!.Number);
        Assert.Equal(new AuditProof(3, null, 2), await trail.Verify());
    }

    [Fact]
    public async Task Checkpoint_is_proved_by_whoever_has_the_public_key_alone()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var trail = rooms.Get<IAuditTrail>();
        await Record(rooms, "one", true);
        var checkpoint = (await trail.Sign())!;
        using var key = ECDsa.Create();
        key.ImportFromPem((await trail.PublicKeys())[checkpoint.KeyId]);
        var micros = (checkpoint.At - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var text = $"sluice-audit-1 {checkpoint.Number} {checkpoint.Hash} {micros}";
        Assert.True(key.VerifyData(
            Encoding.ASCII.GetBytes(text), Convert.FromHexString(checkpoint.Signature), HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public async Task Verify_finds_a_trail_that_was_written_anew_with_hashes_that_fit()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var trail = rooms.Get<IAuditTrail>();
        for (var i = 0; i < 4; i++) await Record(rooms, $"thing {i}", true);
        var seen = (await trail.Sign())!;
        // Whoever may write to the database makes another past: empty it, and record other things the proper way.
        await Forget(rooms, checkpoints: false);
        for (var i = 0; i < 5; i++) await Record(rooms, $"other thing {i}", true);
        var proof = await trail.Verify();
        Assert.Equal(4, proof.BrokenAt);
        Assert.Contains("written anew", proof.Why, StringComparison.Ordinal);

        // With the checkpoints gone and new ones signed by a key of another ring, it is the signature that tells.
        await Forget(rooms, checkpoints: true);
        await using (var forger = new RoomsHost(rooms.Source.ConnectionString))
        {
            for (var i = 0; i < 5; i++) await Record(forger, $"other thing {i}", true);
            await forger.Get<IAuditTrail>().Sign();
        }
        proof = await trail.Verify();
        Assert.Equal(5, proof.BrokenAt);
        Assert.Contains("signature", proof.Why, StringComparison.Ordinal);

        // And with a past that is consistent in itself, what was kept elsewhere.
        await Forget(rooms, checkpoints: true);
        for (var i = 0; i < 5; i++) await Record(rooms, $"other thing {i}", true);
        Assert.Null((await trail.Verify()).BrokenAt);
        Assert.Equal(4, (await trail.Verify(new Witness(seen.Number, seen.Hash))).BrokenAt);
        Assert.Equal(6, (await trail.Verify(new Witness(9, seen.Hash))).BrokenAt);
    }

    [Fact]
    public async Task Verify_finds_an_end_that_was_cut_off_behind_a_checkpoint()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var trail = rooms.Get<IAuditTrail>();
        for (var i = 0; i < 3; i++) await Record(rooms, $"thing {i}", true);
        await trail.Sign();
        await Run(rooms, """
            ALTER TABLE audit.events DISABLE TRIGGER USER; DELETE FROM audit.events WHERE number = 3;
            UPDATE audit.head SET number = 2, hash = (SELECT hash FROM audit.events WHERE number = 2)
            """);
        Assert.Equal(3, (await trail.Verify()).BrokenAt);
    }

    [Fact]
    public async Task Events_are_shown_to_those_whom_they_touch()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var trail = rooms.Get<IAuditTrail>();
        var mine = (await rooms.Tenants.CreateOrganization("Mine", Actor.System)).Value.Id;
        var theirs = (await rooms.Tenants.CreateOrganization("Theirs", Actor.System)).Value.Id;
        var me = new Actor(ActorKind.Organization, "tok_mine", mine);

        var shown = (await trail.List(new AuditQuery(mine), me)).Value;
        Assert.Equal("tenants.organization.create", Assert.Single(shown).Action);
        Assert.Equal(404, (await trail.List(new AuditQuery(theirs), me)).Refusal!.Status);
        Assert.Equal(422, (await trail.List(new AuditQuery(), me)).Refusal!.Status);
        // What follows is reading of others, which leaves events of its own.
        Assert.Equal(2, (await trail.List(new AuditQuery(), Actor.System)).Value.Count(one => one.Action.StartsWith("tenants.", StringComparison.Ordinal)));
        Assert.Equal(2, (await trail.List(new AuditQuery(Action: "tenants.organization"), Actor.System)).Value.Count);
        Assert.Empty((await trail.List(new AuditQuery(Action: "tenants.org"), Actor.System)).Value);
        Assert.Equal(theirs, Assert.Single((await trail.List(new AuditQuery(Action: "tenants"), Actor.System, limit: 1)).Value).Organization);
        Assert.Equal(mine, Assert.Single((await trail.List(new AuditQuery(), Actor.System, before: 2)).Value).Organization);
        List<long> exported = [];
        Assert.True((await trail.Export(new AuditQuery(Action: "tenants"), Actor.System, one => Keep(one.Number))).Ok);
        Assert.Equal([1, 2], exported);
        Assert.Equal(404, (await trail.Export(new AuditQuery(theirs), me, one => Keep(one.Number))).Refusal!.Status);

        Task Keep(long number)
        {
            exported.Add(number);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Reading_of_others_is_recorded_and_of_ones_own_is_not()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var audit = rooms.Get<IAudit>();
        var organization = (await rooms.Tenants.CreateOrganization("Mine", Actor.System)).Value.Id;
        var origin = new Origin("request", "10.0.0.0/24", "agent\0" + new string('x', 500));
        var viewer = new Actor(ActorKind.Operator, "tok_viewer", null) { Platform = PlatformRole.Viewer, Origin = origin };

        await audit.RecordRead(viewer, "metering.log.read", "log", organization);
        await audit.RecordRead(
            new Actor(ActorKind.Organization, "tok_mine", organization), "metering.log.read", "log", organization);

        var read = Assert.Single(
            (await rooms.Get<IAuditTrail>().List(new AuditQuery(organization, "metering"), Actor.System)).Value);
        Assert.Equal(("tok_viewer", "request", "10.0.0.0/24"), (read.Actor, read.RequestId, read.IpPrefix));
        Assert.Equal(300, read.Agent!.Length);
        Assert.Null((await rooms.Get<IAuditTrail>().Verify()).BrokenAt);
    }

    [Fact]
    public async Task Whoever_reads_the_trail_of_others_leaves_an_event_with_and_without_naming_whose()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        var trail = rooms.Get<IAuditTrail>();
        var organization = (await rooms.Tenants.CreateOrganization("Mine", Actor.System)).Value.Id;
        var viewer = new Actor(ActorKind.Operator, "tok_viewer", null) { Platform = PlatformRole.Viewer };
        Assert.True((await trail.List(new AuditQuery(Subject: "key_1"), viewer)).Ok);
        Assert.True((await trail.List(new AuditQuery(organization), viewer)).Ok);
        Assert.True((await trail.Export(new AuditQuery(), viewer, _ => Task.CompletedTask)).Ok);
        // Refused: nothing was read.
        Assert.False((await trail.List(new AuditQuery(), new Actor(ActorKind.Organization, "tok_mine", organization))).Ok);

        List<RecordedEvent> reads = [];
        await trail.Export(
            new AuditQuery(Actor: "tok_viewer"), Actor.System, one => { reads.Add(one); return Task.CompletedTask; });
        Assert.Equal(
            [("audit.events.read", "all"), ("audit.events.read", organization.ToString()), ("audit.events.export", "all")],
            reads.Select(one => (one.Action, one.Subject)));
    }

    [Fact]
    public async Task A_reader_of_the_export_who_stalls_holds_no_connection()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        for (var i = 0; i < 20; i++) await Record(rooms, $"thing_{i}", commit: true);
        var stalled = new TaskCompletionSource();
        var exports = Enumerable.Range(0, 100).Select(_ => rooms.Get<IAuditTrail>().Export(
            new AuditQuery(Action: "test"), Actor.System, _ => stalled.Task)).ToList();
        await Record(rooms, "meanwhile", commit: true).WaitAsync(TimeSpan.FromSeconds(20));
        stalled.SetResult();
        Assert.All(await Task.WhenAll(exports), done => Assert.True(done.Ok));
    }

    [Fact]
    public async Task An_event_whose_time_no_calendar_has_is_named_as_altered()
    {
        await using var rooms = new RoomsHost(await postgres.CreateDatabase());
        await Record(rooms, "thing_1", commit: true);
        await Record(rooms, "thing_2", commit: true);
        await Run(rooms, """
            ALTER TABLE audit.events DISABLE TRIGGER USER;
            UPDATE audit.events SET at = '294000-01-01' WHERE subject = 'thing_2';
            """);
        Assert.Equal(2, (await rooms.Get<IAuditTrail>().Verify()).BrokenAt);
    }

    private static Task Forget(RoomsHost rooms, bool checkpoints) => Run(rooms, $"""
        ALTER TABLE audit.events DISABLE TRIGGER USER; ALTER TABLE audit.checkpoints DISABLE TRIGGER USER;
        TRUNCATE audit.events; UPDATE audit.head SET number = 0, hash = sha256('');
        {(checkpoints ? "TRUNCATE audit.checkpoints" : "SELECT 1")};
        """);

    private static async Task Run(RoomsHost rooms, string sql)
    {
        await using var command = rooms.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task Record(RoomsHost rooms, string subject, bool commit)
    {
        await using var work = await rooms.Units.Begin();
        await rooms.Get<IAudit>().Record(
            new AuditEvent(Actor.System, "test.thing.change", subject, null, null, "{}"), work);
        if (commit) await work.Commit();
    }
}
