using System.Text.Json;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>Which subject of the outside issuer is which person: said by operators.</summary>
internal sealed class ExternalLinks(IUnitsOfWork units, IAudit audit, IOptions<ExternalIssuerOptions> options, TimeProvider time)
{
    public const int SubjectMax = 255;

    private static readonly Refusal NoIssuer =
        Refusal.Conflict("auth.issuer-none", "No outside issuer is configured: set SLUICE_EXTERNALISSUER__URL first.");

    private static readonly Refusal Taken =
        Refusal.Conflict("auth.subject-taken", "The subject is linked to another user: take it from there first.");

    /// <summary>Links a user to a subject, in place of the one that it had.</summary>
    public Task<Result<Done>> Link(UserId user, string subject, Actor actor, CancellationToken ct) =>
        units.Write<Done>(null, async work =>
        {
            if (actor.Check(Permission.UsersWrite, fresh: true) is { } refusal) return refusal;
            if (options.Value.Url is not { } issuer) return NoIssuer;
            if (await UserRows.Hold(user, work, ct) is null) return UserRows.Unknown;
            var before = await Clear(user, issuer, work, ct);
            var linked = await work.Execute("""
                INSERT INTO tenants.logins (provider, subject, user_id, created_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (provider, subject) DO NOTHING
                """, [issuer, subject, user.Value, time.GetMicros()], ct);
            if (linked == 0) return Taken;
            await Tell("tenants.login.link", user, before, Json(issuer, [subject]), actor, work, ct);
            return new Done();
        }, ct);

    /// <summary>Takes the link away. Twice is no fault.</summary>
    public Task<Result<Done>> Unlink(UserId user, Actor actor, CancellationToken ct) =>
        units.Write<Done>(null, async work =>
        {
            if (actor.Check(Permission.UsersWrite, fresh: true) is { } refusal) return refusal;
            if (options.Value.Url is not { } issuer) return NoIssuer;
            if (await Clear(user, issuer, work, ct) is { } before)
                await Tell("tenants.login.unlink", user, before, null, actor, work, ct);
            return new Done();
        }, ct);

    // What was removed, for the trail: it may have been the person's own way in. Null where nothing was.
    private static async Task<string?> Clear(UserId user, string issuer, UnitOfWork work, CancellationToken ct)
    {
        var removed = await work.Statement(
            "DELETE FROM tenants.logins WHERE user_id = $1 AND provider = $2 RETURNING subject", user.Value, issuer)
            .Rows(row => row.GetString(0), ct);
        return removed.Count == 0 ? null : Json(issuer, removed);
    }

    private static string Json(string issuer, IReadOnlyList<string> subjects) =>
        JsonSerializer.Serialize(new { issuer, subjects }, Http.Json);

    private Task Tell(
        string action, UserId user, string? before, string? after, Actor actor, UnitOfWork work, CancellationToken ct) =>
        audit.Record(new AuditEvent(actor, action, user.ToString(), null, before, after), work, ct);
}
