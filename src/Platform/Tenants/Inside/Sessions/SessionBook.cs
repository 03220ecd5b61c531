using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Sessions;

/// <summary>
/// Sessions in the database. Every request that carries one looks it up, so that its end is an end everywhere at once; the calls
/// of keys carry none.
/// </summary>
internal sealed class SessionBook(
    NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, Memberships memberships, IOptions<TenantsOptions> options,
    TimeProvider time) : ISessions
{
    /// <summary>How long a proof of who it is holds.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);
    private const int SessionsMax = 50;

    public static readonly Refusal None = new(
        "auth.session-needed", "Sign in for this: it works with a session alone, not with a token.", 403);

    public static readonly Refusal Unknown = Refusal.NotFound("tenants.session-unknown", "There is no such session.");

    /// <summary>
    /// Begins a session, with a secret that nobody had before; the one used least makes room where there are many, and the
    /// one that the same browser held until now ends.
    /// </summary>
    public async Task<SignedIn> Begin(
        UserId user, string way, Origin from, UnitOfWork work, CancellationToken ct, DateTimeOffset? proved = null)
    {
        var secret = SecretText.New();
        var now = time.GetMicros();
        var begun = new SignedIn(user, WireId.New<SessionId>(), secret, now.AddDays(options.Value.SessionDays));
        var device = DeviceWords.Of(from.Agent);
        await work.Execute("""
            UPDATE tenants.sessions SET revoked_at = $2 WHERE id IN (
                SELECT id FROM tenants.sessions WHERE user_id = $1 AND revoked_at IS NULL
                ORDER BY last_seen_at DESC OFFSET $3)
            """, [user.Value, now, SessionsMax - 1], ct);
        if (from.Session is { } before) await Replace(before, from, work, ct);
        await work.Execute("""
            INSERT INTO tenants.sessions (id, hash, user_id, created_at, last_seen_at, expires_at, ip_prefix, device, proved_at)
            VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)
            """,
            [
                begun.Session.Value, SecretText.Hash(secret), user.Value, now, begun.ExpiresAt, from.IpPrefix ?? "", device,
                proved is { } at && at < now ? at : now,
            ], ct);
        await audit.Record(
            new AuditEvent(
                Users.UserRows.Actor(user, from), "tenants.session.begin", begun.Session.ToString(), null, null,
                System.Text.Json.JsonSerializer.Serialize(new { User = user, By = way, Device = device }, Http.Json)), work, ct);
        return begun;
    }

    /// <summary>Makes a session fresh, under another secret: whoever learned the old one has nothing.</summary>
    public async Task<Result<SignedIn>> Renew(SessionId session, UserId user, UnitOfWork work, CancellationToken ct)
    {
        var secret = SecretText.New();
        var expires = await work.Statement("""
            UPDATE tenants.sessions SET hash = $3, proved_at = $4
            WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $4 RETURNING expires_at
            """, session.Value, user.Value, SecretText.Hash(secret), time.GetMicros())
            .Row(row => row.GetFieldValue<DateTimeOffset?>(0), ct);
        return expires is { } at ? new SignedIn(user, session, secret, at) : None;
    }

    public async Task<Actor?> Authenticate(string secret, Origin from, CancellationToken ct = default)
    {
        if (SecretText.Hash(secret) is not { } hash) return null;
        var now = time.GetMicros();
        var found = await source.Statement("""
            SELECT id, user_id, proved_at, last_seen_at FROM tenants.sessions
            WHERE hash = $1 AND revoked_at IS NULL AND expires_at > $2 AND last_seen_at > $3
            """, hash, now, now.AddHours(-options.Value.SessionIdleHours))
            .Row(row => new Found(
                new SessionId(row.GetGuid(0)), new UserId(row.GetGuid(1)), row.GetFieldValue<DateTimeOffset>(2),
                row.GetFieldValue<DateTimeOffset>(3)), ct);
        if (found is null || await memberships.Person(found.User, ct) is not { } person) return null;
        if (found.SeenAt <= now - SeenEvery) await Note(found.Session, from, now, ct);
        return person with { Session = found.Session, IsFresh = now - found.ProvedAt < Fresh, Origin = from };
    }

    public async Task<IReadOnlyList<Session>> List(Actor actor, CancellationToken ct = default)
    {
        if (actor.User is not { } user) return [];
        var now = time.GetMicros();
        return await source.Statement("""
            SELECT id, device, ip_prefix, created_at, last_seen_at, expires_at FROM tenants.sessions
            WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND last_seen_at > $3
            ORDER BY last_seen_at DESC, id DESC
            """, user.Value, now, now.AddHours(-options.Value.SessionIdleHours))
            .Rows(row => new Session(
                new SessionId(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3),
                row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5),
                actor.Session?.Value == row.GetGuid(0)), ct);
    }

    public Task<Result<Done>> Revoke(SessionId id, Actor actor, CancellationToken ct = default) =>
        units.Write<Done>(null, async work =>
        {
            if (actor.User is not { } user) return Unknown;
            var revoked = await work.Statement(
                "SELECT revoked_at IS NOT NULL FROM tenants.sessions WHERE id = $1 AND user_id = $2 FOR UPDATE",
                id.Value, user.Value).Row(row => (bool?)row.GetBoolean(0), ct);
            if (revoked is null) return Unknown;
            if (revoked == true) return new Done();
            await work.Execute("UPDATE tenants.sessions SET revoked_at = $2 WHERE id = $1", [id.Value, time.GetMicros()], ct);
            await audit.Record(new AuditEvent(actor, "tenants.session.revoke", id.ToString(), null, null, null), work, ct);
            return new Done();
        }, ct);

    public Task<Result<int>> RevokeOthers(Actor actor, CancellationToken ct = default) =>
        units.Write<int>(null, async work =>
        {
            if (actor.User is not { } user || actor.Session is null) return None;
            var ended = await End(user, actor.Session, work, ct);
            if (ended == 0) return 0;
            await audit.Record(
                new AuditEvent(
                    actor, "tenants.session.revoke-others", user.ToString(), null, null, $$"""{"sessions":{{ended}}}"""),
                work, ct);
            return ended;
        }, ct);

    /// <summary>Ends all sessions of a user but one; returns how many.</summary>
    public Task<int> End(UserId user, SessionId? kept, UnitOfWork work, CancellationToken ct) => work.Execute(
        "UPDATE tenants.sessions SET revoked_at = $3 WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid AND revoked_at IS NULL",
        [user.Value, kept?.Value, time.GetMicros()], ct);

    // A browser holds one cookie: the session that it loses would live on, and nobody could sign it out.
    private async Task Replace(SessionId before, Origin from, UnitOfWork work, CancellationToken ct)
    {
        var owner = await work.Statement(
            "UPDATE tenants.sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING user_id",
            before.Value, time.GetMicros()).Row(row => (Guid?)row.GetGuid(0), ct);
        if (owner is not { } user) return;
        await audit.Record(
            new AuditEvent(
                Users.UserRows.Actor(new UserId(user), from), "tenants.session.revoke", before.ToString(), null, null,
                """{"by":"another sign-in in the same browser"}"""), work, ct);
    }

    private async Task Note(SessionId session, Origin from, DateTimeOffset now, CancellationToken ct)
    {
        // Of many requests at once, one writes.
        await using var command = source.Statement("""
            UPDATE tenants.sessions SET last_seen_at = $2, ip_prefix = $3, device = $4 WHERE id = $1 AND last_seen_at <= $5
            """, session.Value, now, from.IpPrefix ?? "", DeviceWords.Of(from.Agent), now - SeenEvery);
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record Found(SessionId Session, UserId User, DateTimeOffset ProvedAt, DateTimeOffset SeenAt);
}
