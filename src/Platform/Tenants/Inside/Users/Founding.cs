using System.Text.Json;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>Writes what a new account begins with: itself, and an organization of its own.</summary>
internal sealed class Founding(
    IAudit audit, IOutbox outbox, OrganizationBook organizations, IInvitations invitations, TimeProvider time)
{
    public static readonly Refusal Taken = Refusal.Conflict(
        "tenants.email-taken", "Another account has proved this address: sign in to that one, or take another address.");

    public async Task<Result<UserId>> Found(
        Founder founder, Origin? from, UnitOfWork work, CancellationToken ct, Actor? by = null)
    {
        var user = WireId.New<UserId>();
        var now = time.GetMicros();
        var rows = await work.Execute("""
            INSERT INTO tenants.users (id, email, email_key, email_verified_at, password_hash, name, created_at, platform_role)
            VALUES ($1, $2, CASE WHEN $3 THEN $2 END, CASE WHEN $3 THEN $4::timestamptz END, $5, $6, $4, $7)
            ON CONFLICT (email_key) DO NOTHING
            """,
            [
                user.Value, founder.Email, founder.Proved, now, founder.PasswordHash, founder.Name,
                UserRows.Text(founder.PlatformRole),
            ], ct);
        if (rows == 0) return Taken;
        await audit.Record(
            new AuditEvent(
                by ?? UserRows.Actor(user, from), "tenants.user.create", user.ToString(), null, null,
                JsonSerializer.Serialize(new { founder.Email, founder.Name, founder.PlatformRole, founder.Proved }, Http.Json)),
            work, ct);
        await organizations.Make(founder.Name, UserRows.Actor(user, from), work, ct);
        if (!founder.Proved) await outbox.Record(new VerificationWanted(user), work, ct);
        return user;
    }

    /// <summary>Whether the token is that of an invitation that was mailed to this address.</summary>
    public async Task<bool> IsInvited(string? token, string email, CancellationToken ct) =>
        token is not null && (await invitations.Find(token, ct))?.Email == email;
}

/// <param name="Email">As it is kept.</param>
/// <param name="Name">Checked.</param>
/// <param name="PasswordHash">Null: chooses one by a link.</param>
/// <param name="PlatformRole">In force once the address is proved.</param>
/// <param name="Proved">Whether the address counts as proved at once.</param>
internal sealed record Founder(
    string Email, string Name, string? PasswordHash, PlatformRole PlatformRole = PlatformRole.None, bool Proved = false);
