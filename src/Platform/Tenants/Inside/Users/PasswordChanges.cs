using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.SignIn;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>New passwords: by the present one, or by a link that was mailed.</summary>
internal sealed class PasswordChanges(
    IUnitsOfWork units, PasswordWrites writes, LinkBook links, Passwords passwords, Attempts attempts, IOutbox outbox)
{
    private static readonly Refusal PresentWrong = Refusal.Invalid(
        "auth.password-wrong", "The present password is another one.",
        ["present: is another one. Write the one you sign in with."]);

    public async Task<Result<Done>> AskReset(string email, Origin from, CancellationToken ct)
    {
        var address = EmailAddress.Check(email);
        if (!address.Ok) return address.Refusal;
        if (await attempts.Take(AttemptLimits.Mails(address.Value, from), ct) is { } tooMany) return tooMany;
        return await units.Write<Done>(null, async work =>
        {
            await outbox.Record(new ResetWanted(address.Value), work, ct);
            return new Done();
        }, ct);
    }

    public async Task<Result<Done>> Reset(string token, string password, Origin from, CancellationToken ct)
    {
        // Looked at first: a password that is refused must not use up the link, and no link takes no hashing.
        var peeked = await units.Write(null, work => links.Open(token, LinkPurpose.Reset, work, ct), ct);
        if (!peeked.Ok) return peeked.Refusal;
        var hash = await passwords.Hash(password, peeked.Value.Email!, ct);
        if (!hash.Ok) return hash.Refusal;
        var done = await units.Write<Done>(null, async work =>
        {
            var link = await links.Open(token, LinkPurpose.Reset, work, ct);
            if (!link.Ok) return link.Refusal;
            await links.Use(link.Value, work, ct);
            var user = await UserRows.Hold(link.Value.User!.Value, work, ct);
            if (user is null || user.SuspendedAt is not null || user.Email != link.Value.Email) return LinkRefusals.Ended;
            return await writes.Reset(user, hash.Value, from, work, ct);
        }, ct);
        // Whoever reads the account's mail is not the one who guessed.
        if (done.Ok) await attempts.Clear([AttemptLimits.Anywhere("password", peeked.Value.Email!)], ct);
        return done;
    }

    public async Task<Result<Done>> Change(string present, string next, Actor actor, CancellationToken ct)
    {
        if (actor.Check(Permission.SelfSecurity) is { } refusal) return refusal;
        if (actor.Session is null) return SessionBook.None;
        if (await writes.Find(actor.User!.Value, ct) is not { } account) return UserRows.Unknown;
        if (passwords.Weak(next, account.Email, "next") is { } weak) return weak;
        Counter[] counters = [AttemptLimits.Pair("password", account.Email, actor.Origin ?? new(null, null, null))];
        if (await attempts.Take(counters, ct) is { } tooMany) return tooMany;
        var match = await passwords.Compare(present, [account.PasswordHash], ct);
        if (!match.Ok) return match.Refusal;
        if (!match.Value.Fits) return PresentWrong;
        await attempts.GiveBack(counters, ct);
        var hash = await passwords.Hash(next, account.Email, ct, "next");
        if (!hash.Ok) return hash.Refusal;
        return await units.Write<Done>(null, work => writes.Change(account, hash.Value, actor, work, ct), ct);
    }
}

/// <summary>What a new password changes.</summary>
internal sealed class PasswordWrites(
    NpgsqlDataSource source, IAudit audit, SessionBook sessions, LinkBook links, Letters letters, Leftovers leftovers)
{
    public Task<Account?> Find(UserId id, CancellationToken ct) => source.Statement(
        "SELECT id, email, password_hash FROM tenants.users WHERE id = $1 AND suspended_at IS NULL", id.Value)
        .Row(row => new Account(new UserId(row.GetGuid(0)), row.GetString(1), row.Optional<string>(2)), ct);

    public async Task<Result<Done>> Reset(User user, string hash, Origin from, UnitOfWork work, CancellationToken ct)
    {
        // Whoever held the account before its address was proved may be anybody: what they left in it opens nothing any more.
        var whole = !user.IsVerified;
        try
        {
            await work.Execute("""
                UPDATE tenants.users SET password_hash = $2, email_key = email,
                    email_verified_at = coalesce(email_verified_at, now()),
                    totp_secret = CASE WHEN $3 THEN NULL ELSE totp_secret END,
                    totp_pending = CASE WHEN $3 THEN NULL ELSE totp_pending END
                WHERE id = $1
                """, [user.Id.Value, hash, whole], ct);
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return LinkRefusals.Ended;
        }
        if (whole) await leftovers.Remove(user, from, work, ct);
        await sessions.End(user.Id, null, work, ct);
        await links.End(user.Id, LinkPurpose.OfUser, work, ct);
        await letters.Tell(user, MailTemplates.PasswordChanged, [], from, work, ct);
        await audit.Record(
            new AuditEvent(
                UserRows.Actor(user.Id, from), "tenants.user.reset-password", user.Id.ToString(), null, null, null), work, ct);
        return new Done();
    }

    public async Task<Result<Done>> Change(Account account, string hash, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        // Another change in between has ended this session, or ends on this condition.
        var rows = await work.Execute(
            "UPDATE tenants.users SET password_hash = $2 WHERE id = $1 AND password_hash IS NOT DISTINCT FROM $3",
            [account.Id.Value, hash, account.PasswordHash], ct);
        if (rows == 0) return LinkRefusals.Ended;
        await sessions.End(account.Id, actor.Session, work, ct);
        await links.End(account.Id, [LinkPurpose.Reset, LinkPurpose.SignIn, LinkPurpose.SecondFactor], work, ct);
        if (await UserRows.Hold(account.Id, work, ct) is { } user)
            await letters.Tell(user, MailTemplates.PasswordChanged, [], actor.Origin, work, ct);
        await audit.Record(
            new AuditEvent(actor, "tenants.user.change-password", account.Id.ToString(), null, null, null), work, ct);
        return new Done();
    }
}

/// <summary>What a password is compared with.</summary>
internal sealed record Account(UserId Id, string Email, string? PasswordHash);
