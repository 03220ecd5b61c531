using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>Begins, lists and ends grants. What opens one is kept as its hash alone.</summary>
internal sealed class GrantBook(
    NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, IOptions<AccessTokensOptions> options, TimeProvider time) : IGrants
{
    /// <summary>Live grants of one session or long-lived token; the one used least makes room.</summary>
    public const int GrantsMax = 50;

    /// <summary>Grants that are begun with one of them in an hour: a program keeps the one it has.</summary>
    public const int LatelyMax = 100;

    private const int PrunedAtOnce = 100;

    private static readonly TimeSpan Lately = TimeSpan.FromHours(1);

    // How long an ended one is kept, for whoever looks into what happened.
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    public static readonly Refusal Unknown = Refusal.NotFound("tenants.grant-unknown", "There is no such grant.");

    /// <summary>Begins a grant to whom the actor is; returns it with its first refresh token.</summary>
    public async Task<Result<BegunGrant>> Begin(
        Actor actor, IReadOnlySet<Permission>? scopes, UnitOfWork work, CancellationToken ct)
    {
        var user = actor.User!.Value;
        var now = time.GetMicros();
        if (await MakeRoom(actor, now, work, ct) is { } tooMany) return tooMany;
        var grant = new GrantRow(
            WireId.New<TokenId>(), user, actor.Token is null ? actor.Session : null, actor.Token, null, scopes,
            now.AddDays(options.Value.GrantDays), 0, now);
        await work.Execute("""
            INSERT INTO tenants.grants
                (id, user_id, session_id, token_id, scopes, created_at, last_used_at, expires_at, ip_prefix, agent)
            VALUES ($1, $2, $3, $4, $5::text[], $6, $6, $7, $8, $9)
            """,
            [
                grant.Id.Value, user.Value, grant.Session?.Value, grant.Token?.Value, ScopeText.Names(scopes), now,
                grant.ExpiresAt, actor.Origin?.IpPrefix ?? "", actor.Origin?.Agent ?? "",
            ], ct);
        var refresh = await Add(grant, now, work, ct);
        await audit.Record(
            new AuditEvent(
                actor, "tenants.grant.create", grant.Id.ToString(), null, null,
                JsonSerializer.Serialize(
                    new { grant.Session, grant.Token, Scopes = ScopeText.Names(scopes), grant.ExpiresAt }, Http.Json)), work, ct);
        return new BegunGrant(grant, refresh);
    }

    /// <summary>Adds the next refresh token of a grant.</summary>
    public async Task<string> Add(GrantRow grant, DateTimeOffset now, UnitOfWork work, CancellationToken ct)
    {
        var secret = KeyText.New(KeyTextKind.Refresh);
        var idle = now.AddHours(options.Value.RefreshIdleHours);
        await work.Execute(
            "INSERT INTO tenants.refresh_tokens (hash, grant_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            [Hash(secret), grant.Id.Value, now, idle < grant.ExpiresAt ? idle : grant.ExpiresAt], ct);
        return secret;
    }

    public async Task<IReadOnlyList<Grant>> List(Actor actor, CancellationToken ct = default)
    {
        if (actor.User is not { } user) return [];
        return await source.Statement($"""
            SELECT {GrantRow.Columns}, g.last_used_at, g.agent, g.ip_prefix {GrantRow.FromLive} AND g.user_id = $2
            ORDER BY g.last_used_at DESC, g.id DESC
            """, time.GetMicros(), user.Value).Rows(row =>
            {
                var grant = GrantRow.Read(row);
                return new Grant(
                    grant.Id, grant.Session, grant.Token, ScopeText.Names(grant.Scopes), grant.CreatedAt,
                    row.GetFieldValue<DateTimeOffset>(9), grant.ExpiresAt, row.GetString(10), row.GetString(11));
            }, ct);
    }

    public Task<Result<Done>> Revoke(TokenId id, Actor actor, CancellationToken ct = default) =>
        units.Write<Done>(null, async work =>
        {
            if (actor.User is not { } user) return Unknown;
            if (actor.Check(Permission.SelfSecurity) is { } refusal) return refusal;
            var found = await work.Statement(
                "SELECT revoked_at IS NOT NULL FROM tenants.grants WHERE id = $1 AND user_id = $2 FOR UPDATE",
                id.Value, user.Value)
                .Row(row => (bool?)row.GetBoolean(0), ct);
            if (found is null) return Unknown;
            if (found == false) await End(id, "revoked", actor, work, ct);
            return new Done();
        }, ct);

    /// <summary>Ends the grant of whoever holds one of its refresh tokens; what is unknown has ended (RFC 7009, 2.2).</summary>
    public Task<Result<Done>> RevokeBy(byte[] hash, Origin from, CancellationToken ct) => EndFound(
        "SELECT g.id, g.user_id FROM tenants.refresh_tokens r JOIN tenants.grants g ON g.id = r.grant_id WHERE r.hash = $1",
        hash, from, ct);

    /// <summary>The same of whoever holds an access token of it.</summary>
    public Task<Result<Done>> RevokeBy(TokenId id, Origin from, CancellationToken ct) => EndFound(
        "SELECT g.id, g.user_id FROM tenants.grants g WHERE g.id = $1", id.Value, from, ct);

    /// <summary>Ends a grant whose row is held.</summary>
    public async Task End(TokenId id, string why, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        await work.Execute(
            "UPDATE tenants.grants SET revoked_at = $2, revoked_why = $3 WHERE id = $1", [id.Value, time.GetMicros(), why], ct);
        await work.Execute("UPDATE tenants.refresh_tokens SET successor = NULL WHERE grant_id = $1", [id.Value], ct);
        await audit.Record(
            new AuditEvent(
                actor, "tenants.grant.revoke", id.ToString(), null, null, JsonSerializer.Serialize(new { Why = why }, Http.Json)),
            work, ct);
    }

    /// <summary>Who acts by a refresh token, for the trail.</summary>
    public static Actor Holder(UserId user, TokenId grant, Origin from) =>
        new(ActorKind.User, user.ToString(), null) { User = user, Token = grant, Origin = from };

    /// <summary>The hash to look for; null where the text is no refresh token, which then never reaches the database.</summary>
    public static byte[]? Hash(string text)
    {
        var hash = new byte[KeyText.HashSize];
        return KeyText.TryHash(text, hash, out var kind) && kind == KeyTextKind.Refresh ? hash : null;
    }

    private Task<Result<Done>> EndFound(string sql, object by, Origin from, CancellationToken ct) =>
        units.Write<Done>(null, async work =>
        {
            var found = await work.Statement(sql + " AND g.revoked_at IS NULL FOR UPDATE OF g", by)
                .Row(row => (Id: row.GetGuid(0), User: row.GetGuid(1)), ct);
            if (found.Id == default) return new Done();
            var (grant, user) = (new TokenId(found.Id), new UserId(found.User));
            await End(grant, "revoked", Holder(user, grant, from), work, ct);
            return new Done();
        }, ct);

    // Each way in has room of its own, so that whoever holds a token that may little ends nothing of the others.
    private async Task<Refusal?> MakeRoom(Actor actor, DateTimeOffset now, UnitOfWork work, CancellationToken ct)
    {
        const string ofOneWay = "user_id = $1 AND coalesce(token_id, session_id) = $2";
        var user = actor.User!.Value.Value;
        var way = actor.Token?.Value ?? actor.Session!.Value.Value;
        // Two that begin at once wait for each other, so that there are never more.
        await work.Execute("SELECT FROM tenants.users WHERE id = $1 FOR NO KEY UPDATE", [user], ct);
        var begun = await work.Statement(
            $"SELECT count(*) FROM tenants.grants WHERE {ofOneWay} AND created_at > $3", user, way, now - Lately)
            .Row(row => row.GetInt64(0), ct);
        if (begun >= LatelyMax) return TokenRefusals.TooMany;
        var over = await work.Statement($"""
            SELECT id FROM tenants.grants WHERE {ofOneWay} AND revoked_at IS NULL AND expires_at > $3
            ORDER BY last_used_at DESC, id DESC OFFSET $4 FOR UPDATE
            """, user, way, now, GrantsMax - 1).Rows(row => new TokenId(row.GetGuid(0)), ct);
        foreach (var id in over) await End(id, "room", actor, work, ct);
        await work.Execute("""
            DELETE FROM tenants.grants WHERE id IN (
                SELECT id FROM tenants.grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            """, [now - KeptFor, PrunedAtOnce], ct);
        return null;
    }
}

/// <param name="Grant">The grant.</param>
/// <param name="RefreshToken">Gets the next access token, once.</param>
internal sealed record BegunGrant(GrantRow Grant, string RefreshToken);
