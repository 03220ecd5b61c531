using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Catalog;
using Sluice.Platform.Keys;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class KeysTests(PostgresCluster postgres)
{
    [Fact]
    public async Task A_key_is_told_by_its_hash_and_its_text_is_nowhere()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App();
        var limits = new LimitSet { RequestsPerSecond = 5, DailyUnits = 100, Cap = QuotaCap.Soft };
        var issued = (await rooms.Keys.CreateKey(new(app.Id, KeyKind.Secret, "server", limits), Actor.System)).Value;

        var state = Assert.Single(await rooms.UsableKeys());
        var hash = new byte[KeyText.HashSize];
        Assert.True(KeyText.TryHash(issued.Secret, hash, out var kind));
        Assert.Equal(KeyTextKind.Secret, kind);
        Assert.Equal(hash, state.Hash);
        Assert.Equal(limits, state.Limits);
        Assert.Equal(issued.Key, Assert.Single(await rooms.Keys.Keys(app.Id, Actor.System)));
        Assert.Equal(0, await rooms.Host.Scalar($"""
            SELECT count(*) FROM keys.keys k, audit.events e
            WHERE k::text LIKE '%{issued.Secret[7..]}%' OR e::text LIKE '%{issued.Secret[7..]}%'
            """));
    }

    [Fact]
    public async Task An_organizations_actor_reaches_nothing_of_another()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App(rules: KeysRooms.OneRule);
        var key = (await rooms.Key(app)).Key;
        var other = (await rooms.Host.Tenants.CreateOrganization("Other", Actor.System)).Value;
        var stranger = new Actor(ActorKind.Organization, "tok", other.Id);
        var before = await rooms.Feed.LastChange();

        Assert.Empty(await rooms.Keys.Apps(rooms.Organization.Id, stranger));
        Assert.Empty(await rooms.Keys.Keys(app.Id, stranger));
        Assert.Null(await rooms.Keys.FindApp(app.Id, stranger));
        Assert.Equal(404, (await rooms.Keys.CreateApp(rooms.Organization.Id, "x", stranger)).Refusal?.Status);
        Assert.Equal(404, (await rooms.Keys.SetRules(app.Id, new(), stranger)).Refusal?.Status);
        Assert.Equal(404, (await rooms.Keys.SetAppLimits(app.Id, new(), stranger)).Refusal?.Status);
        Assert.Equal(404, (await rooms.Keys.CreateKey(new(app.Id, KeyKind.Secret, "x"), stranger)).Refusal?.Status);
        Assert.Equal(404, (await rooms.Keys.RevokeKey(key.Id, stranger)).Refusal?.Status);
        Assert.Equal(404, (await rooms.Keys.RotateKey(key.Id, TimeSpan.Zero, stranger)).Refusal?.Status);
        Assert.Equal(before, await rooms.Feed.LastChange());
        Assert.Single(await rooms.UsableKeys());

        var owner = new Actor(ActorKind.Organization, "tok", rooms.Organization.Id);
        Assert.Single(await rooms.Keys.Keys(app.Id, owner));
        Assert.True((await rooms.Keys.RevokeKey(key.Id, owner)).Ok);
    }

    [Fact]
    public async Task A_publishable_key_needs_a_rule_and_keeps_the_last_one()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App();
        var request = new KeyRequest(app.Id, KeyKind.Publishable, "site");
        Assert.Equal("keys.publishable-rule", (await rooms.Keys.CreateKey(request, Actor.System)).Refusal?.Code);
        Assert.True((await rooms.Keys.SetRules(app.Id, KeysRooms.OneRule, Actor.System)).Ok);
        var issued = (await rooms.Keys.CreateKey(request, Actor.System)).Value;
        Assert.StartsWith("slc_pk_", issued.Secret, StringComparison.Ordinal);

        Assert.Equal("keys.publishable-rule", (await rooms.Keys.SetRules(app.Id, new(), Actor.System)).Refusal?.Code);
        Assert.False((await rooms.Keys.FindApp(app.Id, Actor.System))!.Rules.IsEmpty);
        Assert.True((await rooms.Keys.RevokeKey(issued.Key.Id, Actor.System)).Ok);
        Assert.True((await rooms.Keys.SetRules(app.Id, new(), Actor.System)).Ok);
        // A refused creation took no place of the plan.
        Assert.Equal(0, await rooms.Host.Scalar("SELECT keys FROM keys.counts"));
    }

    [Fact]
    public async Task A_publishable_key_made_while_the_last_rule_goes_waits_and_is_refused()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App(rules: KeysRooms.OneRule);
        await using var work = await rooms.Host.Units.Begin();
        Assert.True((await rooms.Keys.SetRules(app.Id, new(), Actor.System, work)).Ok);
        var creating = Task.Run(() => rooms.Keys.CreateKey(new(app.Id, KeyKind.Publishable, "k"), Actor.System));
        await SomebodyWaits(rooms);
        await work.Commit();
        Assert.Equal("keys.publishable-rule", (await creating).Refusal?.Code);
    }

    [Fact]
    public async Task The_last_rule_taken_away_while_a_publishable_key_is_made_waits_and_stays()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App(rules: KeysRooms.OneRule);
        await using var work = await rooms.Host.Units.Begin();
        Assert.True((await rooms.Keys.CreateKey(new(app.Id, KeyKind.Publishable, "k"), Actor.System, work)).Ok);
        var clearing = Task.Run(() => rooms.Keys.SetRules(app.Id, new(), Actor.System));
        await SomebodyWaits(rooms);
        await work.Commit();
        Assert.Equal("keys.publishable-rule", (await clearing).Refusal?.Code);
    }

    private static async Task SomebodyWaits(KeysRooms rooms)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await rooms.Host.Scalar("""
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            """) == 0) await Task.Delay(5, limit.Token);
    }

    [Fact]
    public async Task Revoking_ends_a_key_once_and_tells_the_feed()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var issued = await rooms.Key(await rooms.App());
        var before = await rooms.Feed.LastChange();
        Assert.True((await rooms.Keys.RevokeKey(issued.Key.Id, Actor.System)).Ok);
        Assert.Empty(await rooms.UsableKeys());
        var change = Assert.Single(await rooms.Feed.Changes(before, 10));
        Assert.Equal(rooms.Time.GetUtcNow(), change.Key?.RevokedAt);
        Assert.True((await rooms.Keys.RevokeKey(issued.Key.Id, Actor.System)).Ok);
        Assert.Equal(change.Number, await rooms.Feed.LastChange());
        Assert.Equal(0, await rooms.Host.Scalar("SELECT keys FROM keys.counts"));
        Assert.Equal(404, (await rooms.Keys.RevokeKey(WireId.New<KeyId>(), Actor.System)).Refusal?.Status);
    }

    [Fact]
    public async Task Rotating_issues_a_successor_and_ends_the_old_key_after_the_overlap()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var old = await rooms.Key(await rooms.App());
        var successor = (await rooms.Keys.RotateKey(old.Key.Id, TimeSpan.FromHours(1), Actor.System)).Value;
        Assert.NotEqual(old.Secret, successor.Secret);
        Assert.Equal(2, (await rooms.UsableKeys()).Count);
        var listed = await rooms.Keys.Keys(old.Key.App, Actor.System);
        Assert.Equal(rooms.Time.GetUtcNow().AddHours(1), listed.Single(k => k.Id == old.Key.Id).ExpiresAt);
        Assert.Equal("keys.key-rotated", (await rooms.Keys.RotateKey(old.Key.Id, TimeSpan.Zero, Actor.System)).Refusal?.Code);
        Assert.Equal(
            "keys.key-overlap", (await rooms.Keys.RotateKey(successor.Key.Id, TimeSpan.Zero, Actor.System)).Refusal?.Code);

        rooms.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(successor.Key.Id, Assert.Single(await rooms.UsableKeys()).Id);
        Assert.True((await rooms.Keys.RotateKey(successor.Key.Id, TimeSpan.Zero, Actor.System)).Ok);
        Assert.Equal(1, await rooms.Host.Scalar("SELECT keys FROM keys.counts"));
        Assert.Equal("keys.key-ended", (await rooms.Keys.RotateKey(old.Key.Id, TimeSpan.Zero, Actor.System)).Refusal?.Code);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(30 * 86400 + 1)]
    public async Task An_overlap_out_of_range_is_refused(int seconds)
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var old = await rooms.Key(await rooms.App());
        var refused = await rooms.Keys.RotateKey(old.Key.Id, TimeSpan.FromSeconds(seconds), Actor.System);
        Assert.Equal("keys.overlap-invalid", refused.Refusal?.Code);
    }

    [Fact]
    public async Task The_plans_number_of_keys_holds_under_concurrency_and_expired_keys_give_their_places_back()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App();
        var request = new KeyRequest(app.Id, KeyKind.Secret, "k", ExpiresAt: rooms.Time.GetUtcNow().AddDays(1));
        var results = await Task.WhenAll(
            Enumerable.Range(0, 24).Select(_ => Task.Run(() => rooms.Keys.CreateKey(request, Actor.System))));
        Assert.Equal(10, results.Count(r => r.Ok));
        Assert.All(results.Where(r => !r.Ok), r => Assert.Equal("keys.keys-max", r.Refusal?.Code));
        rooms.Time.Advance(TimeSpan.FromDays(1));
        Assert.True((await rooms.Keys.CreateKey(request with { ExpiresAt = null }, Actor.System)).Ok);
        Assert.Equal(1, await rooms.Host.Scalar("SELECT keys FROM keys.counts"));
        Assert.Null((await rooms.Host.Get<IAuditTrail>().Verify()).BrokenAt);
    }

    [Fact]
    public async Task The_plans_number_of_apps_holds_and_names_are_unique_in_an_organization()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        rooms.Catalog.Plan = rooms.Catalog.Plan with { AppsMax = 3 };
        await rooms.App("one");
        Assert.Equal("keys.name-taken", (await rooms.Keys.CreateApp(rooms.Organization.Id, "ONE", Actor.System)).Refusal?.Code);
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => Task.Run(() => rooms.Keys.CreateApp(rooms.Organization.Id, $"app {i}", Actor.System))));
        Assert.Equal(2, results.Count(r => r.Ok));
        Assert.Equal(3, (await rooms.Keys.Apps(rooms.Organization.Id, Actor.System)).Count);
    }

    [Fact]
    public async Task Faulty_rules_and_limits_change_nothing()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App(rules: KeysRooms.OneRule);
        var refused = await rooms.Keys.SetRules(
            app.Id, new() { Methods = ["a b"], Contracts = ["0x12"], Services = ["nope"] }, Actor.System);
        Assert.Equal(3, refused.Refusal?.Details?.Count);
        var limits = await rooms.Keys.SetAppLimits(
            app.Id, new() { RequestsPerSecond = 0, MonthlyUnits = -1 }, Actor.System);
        Assert.Equal(2, limits.Refusal?.Details?.Count);
        var unchanged = (await rooms.Keys.FindApp(app.Id, Actor.System))!;
        Assert.Equal(["eth_*"], unchanged.Rules.Methods);
        Assert.Equal(new LimitSet(), unchanged.Limits);
    }

    [Fact]
    public async Task Organization_app_and_key_are_made_in_one_unit_of_work_and_applied_once_when_it_is_committed()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var applied = 0;
        rooms.Feed.Applied = _ => Task.FromResult(++applied);
        await using (var work = await rooms.Host.Units.Begin())
        {
            var organization = (await rooms.Host.Tenants.CreateOrganization("New", Actor.System, work)).Value;
            var app = (await rooms.Keys.CreateApp(organization.Id, "a", Actor.System, work)).Value;
            Assert.True((await rooms.Keys.CreateKey(new(app.Id, KeyKind.Secret, "k"), Actor.System, work)).Ok);
            Assert.Equal(0, applied);
            Assert.Empty(await rooms.UsableKeys());
            await work.Commit();
        }
        Assert.Single(await rooms.UsableKeys());
        Assert.Equal(1, applied);
        await rooms.App();
        Assert.Equal(2, applied);
    }

    [Fact]
    public async Task A_node_that_fails_to_apply_does_not_cost_the_caller_the_key()
    {
        await using var rooms = await KeysRooms.Open(await postgres.CreateDatabase());
        var app = await rooms.App();
        rooms.Feed.Applied = _ => Task.FromException(new TimeoutException("planted"));
        Assert.True((await rooms.Keys.CreateKey(new(app.Id, KeyKind.Secret, "k"), Actor.System)).Ok);
    }
}
