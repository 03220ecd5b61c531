using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.SignIn;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>
/// Proves addresses. A link counts in the account that asked for it alone, and that account must be signed in: who reads the mail
/// and never asked gives nothing away by opening it.
/// </summary>
internal sealed class Proofs(
    IUnitsOfWork units, IAudit audit, LinkBook links, Attempts attempts, ProofLetters letters, IOptions<TenantsOptions> options)
{
    private static readonly Refusal Proved =
        Refusal.Conflict("tenants.email-proved", "The address is proved already: there is nothing to do.");

    public Task<Result<User>> Verify(string token, Actor actor, CancellationToken ct) =>
        units.Write<User>(null, async work =>
        {
            var link = await Own(token, LinkPurpose.Verify, actor, work, ct);
            if (!link.Ok) return link.Refusal;
            var user = await UserRows.Hold(link.Value.User!.Value, work, ct);
            // The address that the link was sent to, and no later one.
            if (user is null || user.Email != link.Value.Email) return LinkRefusals.Ended;
            return await Prove(user, link.Value, actor, work, ct);
        }, ct);

    public async Task<Result<Done>> Resend(Actor actor, CancellationToken ct)
    {
        if (actor.User is not { } id) return Sessions.SessionBook.None;
        if (await letters.Find(id, ct) is not { } user) return UserRows.Unknown;
        if (user.IsVerified) return Proved;
        if (await attempts.Take(AttemptLimits.Mails(user.Email, actor.Origin), ct) is { } tooMany) return tooMany;
        return await units.Write<Done>(null, async work =>
        {
            await letters.WantVerification(id, work, ct);
            return new Done();
        }, ct);
    }

    public async Task<Result<Done>> AskChange(string email, Actor actor, CancellationToken ct)
    {
        if (actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal) return refusal;
        var next = EmailAddress.Check(email);
        if (!next.Ok) return next.Refusal;
        if (await letters.Find(actor.User!.Value, ct) is not { } user) return UserRows.Unknown;
        if (user.Email == next.Value && user.IsVerified) return Proved;
        if (await attempts.Take(AttemptLimits.Mails(next.Value, actor.Origin), ct) is { } tooMany) return tooMany;
        return await units.Write<Done>(null, async work =>
        {
            await letters.WantChange(user.Id, next.Value, work, ct);
            return new Done();
        }, ct);
    }

    public Task<Result<User>> ConfirmChange(string token, Actor actor, CancellationToken ct) =>
        units.Write<User>(null, async work =>
        {
            var link = await Own(token, LinkPurpose.ChangeEmail, actor, work, ct);
            if (!link.Ok) return link.Refusal;
            if (await UserRows.Hold(link.Value.User!.Value, work, ct) is not { } user) return LinkRefusals.Ended;
            var changed = await Prove(user with { Email = link.Value.Email! }, link.Value, actor, work, ct);
            if (changed.Ok && changed.Value.Email != user.Email)
                await letters.TellChange(user, changed.Value.Email, actor, work, ct);
            return changed;
        }, ct);

    private async Task<Result<Link>> Own(string token, string purpose, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (actor.User is not { } user || actor.Session is null) return Sessions.SessionBook.None;
        var link = await links.Open(token, purpose, work, ct);
        if (!link.Ok) return link.Refusal;
        return link.Value.User == user ? link.Value : LinkRefusals.Foreign;
    }

    private async Task<Result<User>> Prove(User user, Link link, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        await links.Use(link, work, ct);
        var role = RoleOf(user);
        try
        {
            await work.Execute("""
                UPDATE tenants.users SET email = $2, email_key = $2, email_verified_at = now(), platform_role = $3 WHERE id = $1
                """, [user.Id.Value, user.Email, UserRows.Text(role)], ct);
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Another account was faster.
            return Founding.Taken;
        }
        await links.End(user.Id, [LinkPurpose.Verify, LinkPurpose.ChangeEmail, LinkPurpose.Reset], work, ct);
        await audit.Record(
            new AuditEvent(
                actor, "tenants.user.prove-email", user.Id.ToString(), null, null,
                JsonSerializer.Serialize(new { user.Email, PlatformRole = role }, Http.Json)), work, ct);
        return (await UserRows.Hold(user.Id, work, ct))!;
    }

    // What the settings promise to an address, its owner gets by proving it.
    private PlatformRole RoleOf(User user) =>
        user.PlatformRole != PlatformRole.None ? user.PlatformRole
        : user.Email == options.Value.OperatorEmail ? PlatformRole.Operator
        : user.Email == options.Value.ViewerEmail ? PlatformRole.Viewer
        : PlatformRole.None;
}

/// <summary>Has the mails sent that proofs take.</summary>
internal sealed class ProofLetters(NpgsqlDataSource source, IOutbox outbox, Letters letters)
{
    public Task<User?> Find(UserId id, CancellationToken ct) => UserRows.Find(id, source, ct);

    public Task WantVerification(UserId user, UnitOfWork work, CancellationToken ct) =>
        outbox.Record(new VerificationWanted(user), work, ct);

    public Task WantChange(UserId user, string email, UnitOfWork work, CancellationToken ct) =>
        outbox.Record(new EmailChangeWanted(user, email), work, ct);

    public Task TellChange(User before, string email, Actor actor, UnitOfWork work, CancellationToken ct) =>
        letters.Tell(before, MailTemplates.EmailChanged, new() { ["email"] = email }, actor.Origin, work, ct);
}
