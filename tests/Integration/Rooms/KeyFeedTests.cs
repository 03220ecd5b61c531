using System.Diagnostics;
using Npgsql;
using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Keys;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class KeyFeedTests(PostgresCluster postgres)
{
    [Fact]
    public async Task A_reader_that_follows_the_feed_under_load_ends_with_the_state_of_the_tables()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        rooms.Catalog.Plan = rooms.Catalog.Plan with { KeysMax = 100_000 };
        var apps = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => rooms.App($"app {i}")));
        var done = false;
        Dictionary<KeyId, KeyState> seen = [];
        var reading = Task.Run(async () =>
        {
            long at = 0;
            while (true)
            {
                var last = Volatile.Read(ref done);
                // Small pages, so that pages end between concurrent commits.
                var page = await rooms.Feed.Changes(at, 7);
                foreach (var change in page)
                {
                    Assert.True(change.Number > at);
                    at = change.Number;
                    if (change.Key is { } key) seen[key.Id] = key;
                }
                if (last && page.Count == 0) return at;
            }
        });
        await Task.WhenAll(apps.Select(app => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                var issued = await rooms.Key(app);
                if (i % 3 == 0) Assert.True((await rooms.Keys.RevokeKey(issued.Key.Id, Actor.System)).Ok);
                if (i % 3 == 1) Assert.True((await rooms.Keys.RotateKey(issued.Key.Id, TimeSpan.Zero, Actor.System)).Ok);
            }
        })));
        Volatile.Write(ref done, true);
        Assert.Equal(await rooms.Feed.LastChange(), await reading);

        var now = rooms.Time.GetUtcNow();
        var usable = seen.Values.Where(k => k.RevokedAt is null && (k.ExpiresAt is null || k.ExpiresAt > now));
        Assert.Equal(
            (await rooms.UsableKeys()).Select(k => k.Id.ToString()).Order(), usable.Select(k => k.Id.ToString()).Order());
    }

    [Fact]
    public async Task A_commit_notifies_with_its_number_and_a_rollback_does_not()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App();
        await using var listener = await rooms.Host.Source.OpenConnectionAsync();
        await using (var listen = new NpgsqlCommand("LISTEN sluice_keys", listener)) await listen.ExecuteNonQueryAsync();
        List<string> told = [];
        listener.Notification += (_, notice) => told.Add(notice.Payload);
        await using (var work = await rooms.Host.Units.Begin())
            Assert.True((await rooms.Keys.CreateKey(new(app.Id, KeyKind.Secret, "gone"), Actor.System, work)).Ok);
        await rooms.Key(app);
        Assert.True(await listener.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal([$"{await rooms.Feed.LastChange()}"], told);
    }

    [Fact]
    public async Task Apps_are_streamed_with_rules_and_limits()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App(rules: KeysRooms.OneRule);
        await rooms.Keys.SetAppLimits(app.Id, new() { UnitsPerSecond = 7 }, Actor.System);
        List<AppState> all = [];
        await foreach (var state in rooms.Feed.Apps()) all.Add(state);
        var one = Assert.Single(all);
        Assert.Equal(["eth_*"], one.Rules.Methods);
        Assert.Equal(7, one.Limits.UnitsPerSecond);
        Assert.Equal(rooms.Organization.Id, one.Organization);
    }

    [Fact]
    public async Task A_million_keys_stream_in_seconds_and_one_more_is_made_without_a_scan()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        rooms.Catalog.Plan = rooms.Catalog.Plan with { KeysMax = 2_000_000 };
        var app = await rooms.App();
        await using (var fill = rooms.Host.Source.CreateCommand($"""
            INSERT INTO keys.keys (id, app_id, organization_id, kind, name, hint, hash, created_at, change)
            SELECT gen_random_uuid(), '{app.Id.Value}', '{app.Organization.Value}', 0, 'k', 'k', sha256(int8send(n)), now(), n
            FROM generate_series(1000, 1000999) AS n;
            UPDATE keys.counts SET keys = 1000000;
            UPDATE keys.feed SET number = 1001000;
            ANALYZE keys.keys
            """))
        {
            fill.CommandTimeout = 300;
            await fill.ExecuteNonQueryAsync();
        }
        var clock = Stopwatch.StartNew();
        var count = 0;
        await foreach (var _ in rooms.Feed.Keys()) count++;
        Assert.Equal(1_000_000, count);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"streaming took {clock.Elapsed}");

        clock.Restart();
        var issued = await rooms.Key(app);
        Assert.Equal(issued.Key.Id, Assert.Single(await rooms.Feed.Changes(1_001_000, 10)).Key?.Id);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"creating and reading one more took {clock.Elapsed}");
    }
}
