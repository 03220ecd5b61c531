using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside;

internal sealed class KeyBook(NpgsqlDataSource source, ICatalog catalog, AppBook apps, KeyWrites writes)
{
    public const int PageMax = 1000;
    public static readonly TimeSpan OverlapMax = TimeSpan.FromDays(30);

    private const string OfApp = $"SELECT {Columns.Key} FROM keys.keys WHERE app_id = $1";
    private const string ById = $"SELECT {Columns.Key} FROM keys.keys WHERE id = $1";

    public async Task<Result<IssuedKey>> Create(
        KeyRequest request, Actor actor, UnitOfWork? given, CancellationToken ct)
    {
        var limits = request.Limits ?? new LimitSet();
        var name = Names.Check(request.Name);
        if (!name.Ok) return name.Refusal;
        if (!Enum.IsDefined(request.Kind)) return KeyRefusals.Kind;
        if (LimitCheck.Check(limits) is { } refusal) return refusal;
        var expires = request.ExpiresAt is { } at ? Sql.Micros(at) : (DateTimeOffset?)null;
        if (expires <= writes.Now) return KeyRefusals.Expiry;
        if (await apps.Find(request.App, actor, given, ct) is not { } app) return KeyRefusals.NoApp(request.App.ToString());
        if (May(actor, app.Organization, KeyRefusals.NoApp(request.App.ToString()), fresh: true) is { } closed) return closed;
        // Before the unit of work begins: whoever holds one connection must not wait for another.
        var plan = await catalog.PlanOf(app.Organization, ct);

        return await writes.Run<IssuedKey>(given, async work =>
        {
            if (!await TakePlace(app.Organization, plan.KeysMax, work, ct)) return KeyRefusals.KeysMax(plan);
            if (request.Kind == KeyKind.Publishable && !await HasRules(app.Id, work, ct)) return KeyRefusals.NeedsRule;
            var draft = new Key(
                WireId.New<KeyId>(), app.Id, app.Organization, request.Kind, name.Value, "", limits, writes.Now, expires,
                null);
            return await Issue(draft, actor, "keys.key.create", true, work, ct);
        }, ct);
    }

    public async Task<IReadOnlyList<Key>> List(AppId app, Actor actor, KeyId? after, int limit, CancellationToken ct)
    {
        if (await apps.Find(app, actor, null, ct) is not { } found) return [];
        if (!actor.May(Permission.KeysRead, found.Organization)) return [];
        return await source.Statement(
            $"{OfApp} AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
            app.Value, after?.Value, Math.Clamp(limit, 1, PageMax + 1)).Rows(Columns.ReadKey, ct);
    }

    public Task<Result<Done>> Revoke(KeyId id, Actor actor, UnitOfWork? given, CancellationToken ct) =>
        writes.Run<Done>(given, async work =>
        {
            // Counts before keys, as everywhere: an organization of a key never changes, so it is read unlocked first.
            await work.Execute("""
                SELECT 1 FROM keys.counts WHERE organization_id = (SELECT organization_id FROM keys.keys WHERE id = $1)
                FOR UPDATE
                """, [id.Value], ct);
            var locked = await Lock(id, actor, fresh: false, work, ct);
            if (!locked.Ok) return locked.Refusal;
            var key = locked.Value;
            if (key.RevokedAt is not null) return new Done();
            await work.Execute("""
                UPDATE keys.counts SET keys = keys - 1
                WHERE organization_id = $2 AND EXISTS (SELECT 1 FROM keys.keys WHERE id = $1 AND counted)
                """, [id.Value, key.Organization.Value], ct);
            await writes.Record(
                work, actor, "keys.key.revoke", id.ToString(), key.Organization, new { key.Name, key.Hint }, null, ct);
            await work.Execute($"""
                {KeyWrites.NextChange}
                UPDATE keys.keys SET revoked_at = $2, counted = false, change = next.number FROM next WHERE id = $1
                """, [id.Value, writes.Now], ct);
            return new Done();
        }, ct);

    public async Task<Result<IssuedKey>> Rotate(
        KeyId id, TimeSpan overlap, Actor actor, UnitOfWork? given, CancellationToken ct)
    {
        if (overlap < TimeSpan.Zero || overlap > OverlapMax) return KeyRefusals.Overlap;
        return await writes.Run<IssuedKey>(given, async work =>
        {
            var locked = await Lock(id, actor, fresh: true, work, ct);
            if (!locked.Ok) return locked.Refusal;
            var key = locked.Value;
            var now = writes.Now;
            if (key.RevokedAt is not null || key.ExpiresAt <= now) return KeyRefusals.Ended;
            var chain = await Neighbours(id, now, work, ct);
            if (chain.HasSuccessor) return KeyRefusals.Rotated;
            // Otherwise rotating again and again would make keys without end that all work and none of which counts.
            if (chain.PredecessorWorks) return KeyRefusals.Overlapping;

            var end = now + overlap;
            if (key.ExpiresAt < end) end = key.ExpiresAt.Value;
            var draft = key with { Id = WireId.New<KeyId>(), CreatedAt = now };
            // The successor takes the old key's place among those that the plan counts.
            var issued = await Issue(draft, actor, "keys.key.rotate", chain.Counted, work, ct);
            await work.Execute($"""
                {KeyWrites.NextChange}
                UPDATE keys.keys SET expires_at = $2, counted = false, successor_id = $3, change = next.number
                FROM next WHERE id = $1
                """, [id.Value, end, draft.Id.Value], ct);
            return issued;
        }, ct);
    }

    private async Task<IssuedKey> Issue(
        Key draft, Actor actor, string action, bool counted, UnitOfWork work, CancellationToken ct)
    {
        var secret = KeyText.New(draft.Kind == KeyKind.Secret ? KeyTextKind.Secret : KeyTextKind.Publishable);
        var hash = new byte[KeyText.HashSize];
        if (!KeyText.TryHash(secret, hash, out _))
            throw new System.Diagnostics.UnreachableException("A key just made is well-formed.");
        var key = draft with { Hint = KeyText.Hint(secret) };
        await writes.Record(
            work, actor, action, key.Id.ToString(), key.Organization, null,
            new { key.App, key.Kind, key.Name, key.Hint, key.Limits, key.ExpiresAt }, ct);
        await work.Execute($"""
            {KeyWrites.NextChange}
            INSERT INTO keys.keys (
                id, app_id, organization_id, kind, name, hint, hash, created_at, expires_at, counted, {Columns.Limits}, change)
            SELECT $1::uuid, $2::uuid, $3::uuid, $4::smallint, $5::text, $6::text, $7::bytea, $8::timestamptz,
                $9::timestamptz, $10::boolean, $11::integer, $12::bigint, $13::bigint, $14::bigint, $15::boolean, number
            FROM next
            """,
            [
                key.Id.Value, key.App.Value, key.Organization.Value, (short)key.Kind, key.Name, key.Hint, hash,
                key.CreatedAt, key.ExpiresAt, counted, .. Columns.Values(key.Limits),
            ], ct);
        return new IssuedKey(key, secret);
    }

    private async Task<bool> TakePlace(OrganizationId organization, int keysMax, UnitOfWork work, CancellationToken ct)
    {
        const string Take = "UPDATE keys.counts SET keys = keys + 1 WHERE organization_id = $1 AND keys < $2";
        if (await work.Execute(Take, [organization.Value, keysMax], ct) > 0) return true;
        // Expired keys give their places back when one is needed, so that nothing has to watch the clock. The counts
        // are locked first, as everywhere: the update above locked nothing when it found no place.
        await work.Execute(
            "SELECT 1 FROM keys.counts WHERE organization_id = $1 FOR UPDATE", [organization.Value], ct);
        await work.Execute("""
            WITH released AS (
                UPDATE keys.keys SET counted = false
                WHERE organization_id = $1 AND counted AND expires_at <= $2 RETURNING 1)
            UPDATE keys.counts SET keys = keys - (SELECT count(*) FROM released) WHERE organization_id = $1
            """, [organization.Value, writes.Now], ct);
        return await work.Execute(Take, [organization.Value, keysMax], ct) > 0;
    }

    private static async Task<bool> HasRules(AppId app, UnitOfWork work, CancellationToken ct) =>
        await work.Statement("SELECT rules::text FROM keys.apps WHERE id = $1 FOR SHARE", app.Value)
            .Row(row => !Columns.ReadRules(row.GetString(0)).IsEmpty, ct);

    private static async Task<Result<Key>> Lock(KeyId id, Actor actor, bool fresh, UnitOfWork work, CancellationToken ct)
    {
        var unknown = KeyRefusals.NoKey(id.ToString());
        if (await work.Statement(ById + " FOR UPDATE", id.Value).Row(Columns.ReadKey, ct) is not { } key) return unknown;
        return May(actor, key.Organization, unknown, fresh) is { } refusal ? refusal : key;
    }

    // A key's text is a secret: whoever is shown one has proved himself lately. To end a key nobody needs to.
    private static Refusal? May(Actor actor, OrganizationId organization, Refusal unseen, bool fresh) =>
        actor.Check(Permission.KeysWrite, organization, unseen, fresh);

    private static Task<Chain> Neighbours(KeyId id, DateTimeOffset now, UnitOfWork work, CancellationToken ct) =>
        work.Statement("""
            SELECT successor_id IS NOT NULL, counted, EXISTS (
                SELECT 1 FROM keys.keys WHERE successor_id = $1 AND revoked_at IS NULL AND expires_at > $2)
            FROM keys.keys WHERE id = $1
            """, id.Value, now).Row(row => new Chain(row.GetBoolean(0), row.GetBoolean(1), row.GetBoolean(2)), ct);

    private readonly record struct Chain(bool HasSuccessor, bool Counted, bool PredecessorWorks);
}
