using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Factors;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>Signs in by password, with the second factor where there is one.</summary>
internal sealed class SignInDesk(
    Accounts accounts, IUnitsOfWork units, Passwords passwords, Attempts attempts, SecondStep second, SessionBook sessions)
{
    private const int PasswordMax = 1024;

    private static readonly Refusal Refused = new(
        "auth.sign-in-refused",
        "Address and password do not belong together. Try again, or have a link to a new password mailed.", 401);

    public static readonly Refusal Suspended = new(
        "auth.user-suspended", "The account is suspended: ask the operator of this installation.", 403);

    public async Task<Result<SignInStep>> WithPassword(string email, string password, Origin from, CancellationToken ct)
    {
        var address = EmailAddress.Check(email);
        if (!address.Ok) return address.Refusal;
        if (password.Length > PasswordMax) return Refused;
        if (passwords.Busy is { } busy) return busy;
        // From where its owner signs in, only this network's own guesses count: nobody else locks the owner out.
        var known = await accounts.IsKnownAt(address.Value, from, ct);
        Counter[] pair = [AttemptLimits.Pair("password", address.Value, from)];
        Counter[] around = known
            ? [AttemptLimits.Network(from)]
            : [AttemptLimits.Network(from), AttemptLimits.Anywhere("password", address.Value)];
        if (await attempts.Take([.. pair, .. around], ct) is { } tooMany) return tooMany;

        var candidates = await accounts.Of(address.Value, ct);
        var match = await passwords.Compare(password, [candidates.Proved?.PasswordHash, candidates.Newest?.PasswordHash], ct);
        if (!match.Ok)
        {
            // Nothing was compared.
            await attempts.GiveBack([.. pair, .. around], CancellationToken.None);
            return match.Refusal;
        }
        if (!match.Value.Fits) return Refused;
        await attempts.Clear(pair, ct);
        await attempts.GiveBack(around, ct);
        var found = (match.Value.Slot == 0 ? candidates.Proved : candidates.Newest)!;
        if (found.IsSuspended) return Suspended;
        return await units.Write<SignInStep>(null, async work =>
        {
            if (match.Value.Stronger is { } stronger) await Accounts.Strengthen(found, stronger, work, ct);
            return found.HasTotp || found.HasPasskey
                ? new SignInStep(null, await second.Ticket(found.Id, found.HasTotp, found.HasPasskey, work, ct))
                : new SignInStep(await sessions.Begin(found.Id, "password", from, work, ct), null);
        }, ct);
    }
}

/// <summary>The accounts that an address may mean.</summary>
internal sealed class Accounts(NpgsqlDataSource source)
{
    /// <summary>The one that proved it, and the newest of those that did not.</summary>
    public async Task<Candidates> Of(string email, CancellationToken ct)
    {
        var rows = await source.Statement("""
            (SELECT true, id, password_hash, suspended_at IS NOT NULL, totp_secret IS NOT NULL,
                EXISTS (SELECT FROM tenants.passkeys WHERE user_id = users.id)
             FROM tenants.users WHERE email_key = $1)
            UNION ALL
            (SELECT false, id, password_hash, suspended_at IS NOT NULL, totp_secret IS NOT NULL,
                EXISTS (SELECT FROM tenants.passkeys WHERE user_id = users.id)
             FROM tenants.users WHERE email = $1 AND email_key IS NULL ORDER BY id DESC LIMIT 1)
            """, email).Rows(row => (Proved: row.GetBoolean(0), Account: new Candidate(
                new UserId(row.GetGuid(1)), row.Optional<string>(2), row.GetBoolean(3), row.GetBoolean(4),
                row.GetBoolean(5))), ct);
        return new Candidates(rows.Find(row => row.Proved).Account, rows.Find(row => !row.Proved).Account);
    }

    /// <summary>Whether the owner of the address was signed in from this network within three months.</summary>
    public Task<bool> IsKnownAt(string email, Origin from, CancellationToken ct) => source.Statement("""
        SELECT EXISTS (
            SELECT FROM tenants.sessions s JOIN tenants.users u ON u.id = s.user_id
            WHERE u.email_key = $1 AND s.ip_prefix = $2 AND s.last_seen_at > now() - interval '90 days')
        """, email, from.IpPrefix ?? "").Row(row => row.GetBoolean(0), ct);

    public static Task Strengthen(Candidate account, string hash, UnitOfWork work, CancellationToken ct) => work.Execute(
        "UPDATE tenants.users SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
        [account.Id.Value, hash, account.PasswordHash], ct);
}

internal sealed record Candidates(Candidate? Proved, Candidate? Newest);

internal sealed record Candidate(UserId Id, string? PasswordHash, bool IsSuspended, bool HasTotp, bool HasPasskey);
