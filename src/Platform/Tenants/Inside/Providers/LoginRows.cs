using System.Text.Json;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Tenants.Inside.Providers;

/// <summary>Logins as they stand in the table, and their trail. Whoever writes holds the user's row first.</summary>
internal sealed class LoginRows(NpgsqlDataSource source, IAudit audit, TimeProvider time)
{
    private const int LoginsMax = 10;

    /// <summary>Whose login it is; null where it is nobody's.</summary>
    public static async Task<UserId?> Owner(string issuer, string subject, UnitOfWork work, CancellationToken ct) =>
        await work.Statement("SELECT user_id FROM tenants.logins WHERE provider = $1 AND subject = $2", issuer, subject)
            .Row(row => (Guid?)row.GetGuid(0), ct) is { } id ? new UserId(id) : null;

    /// <summary>Notes that it let its owner in; false where it is that one's no longer.</summary>
    public async Task<bool> Use(string issuer, Identity identity, UserId user, UnitOfWork work, CancellationToken ct) =>
        await work.Execute("""
            UPDATE tenants.logins SET used_at = $4, shown = coalesce($5, shown)
            WHERE provider = $1 AND subject = $2 AND user_id = $3
            """, [issuer, identity.Subject, user.Value, time.GetMicros(), identity.Shown], ct) == 1;

    /// <summary>Links; a login that is the user's already is no fault.</summary>
    public async Task<Result<Done>> Link(
        string issuer, string subject, string? shown, UserId user, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        var count = await work.Statement("SELECT count(*) FROM tenants.logins WHERE user_id = $1", user.Value)
            .Row(row => row.GetInt64(0), ct);
        if (count >= LoginsMax) return ProviderRefusals.Many;
        var id = WireId.New<LoginId>();
        var rows = await work.Execute("""
            INSERT INTO tenants.logins (id, provider, subject, user_id, created_at, shown) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (provider, subject) DO NOTHING
            """, [id.Value, issuer, subject, user.Value, time.GetMicros(), shown], ct);
        if (rows == 0) return await Owner(issuer, subject, work, ct) == user ? new Done() : ProviderRefusals.Taken;
        await Tell("tenants.login.link", actor, user, new { Login = id, Issuer = issuer, Subject = subject }, work, ct);
        return new Done();
    }

    public Task<List<LoginRow>> Of(UserId user, CancellationToken ct) => source.Statement("""
        SELECT id, provider, subject, shown, created_at, used_at FROM tenants.logins WHERE user_id = $1 ORDER BY created_at, id
        """, user.Value).Rows(Read, ct);

    public static Task<List<LoginRow>> Of(UserId user, UnitOfWork work, CancellationToken ct) => work.Statement("""
        SELECT id, provider, subject, shown, created_at, used_at FROM tenants.logins WHERE user_id = $1 ORDER BY created_at, id
        """, user.Value).Rows(Read, ct);

    public async Task Unlink(LoginRow login, UserId user, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        await work.Execute("DELETE FROM tenants.logins WHERE id = $1 AND user_id = $2", [login.Id.Value, user.Value], ct);
        await Tell(
            "tenants.login.unlink", actor, user, new { Login = login.Id, Issuer = login.Provider, login.Subject }, work, ct,
            before: true);
    }

    private Task Tell(
        string action, Actor actor, UserId user, object what, UnitOfWork work, CancellationToken ct, bool before = false)
    {
        var text = JsonSerializer.Serialize(what, Http.Json);
        return audit.Record(
            new AuditEvent(actor, action, user.ToString(), null, before ? text : null, before ? null : text), work, ct);
    }

    private static LoginRow Read(NpgsqlDataReader row) => new(
        new LoginId(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.Optional<string>(3),
        row.GetFieldValue<DateTimeOffset>(4), row.Optional<DateTimeOffset?>(5));
}

internal sealed record LoginRow(
    LoginId Id, string Provider, string Subject, string? Shown, DateTimeOffset CreatedAt, DateTimeOffset? UsedAt);
