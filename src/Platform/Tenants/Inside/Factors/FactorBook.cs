using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Factors;

/// <summary>The authenticator app and the recovery codes of an account.</summary>
internal sealed class FactorBook(
    NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, Codes codes, Letters letters, IOptions<TenantsOptions> options)
    : IFactors
{
    private static readonly Refusal NotBegun = Refusal.Conflict(
        "auth.totp-not-begun", "There is no authenticator app to confirm: begin with adding one.");

    private static readonly Refusal None = Refusal.Conflict("auth.totp-none", "The account has no authenticator app.");

    private static readonly Refusal NoFactor = Refusal.Conflict(
        "auth.factor-none", "The account has no second factor that recovery codes could stand in for.");

    public static readonly Refusal CodeWrong = Refusal.Invalid(
        "auth.code-wrong", "The code does not fit, or was used already: take the one that the app shows now.",
        ["code: does not fit, or was used already. Take the one that the app shows now."]);

    public async Task<FactorState> Show(Actor actor, CancellationToken ct = default) =>
        actor.User is not { } user ? FactorState.None
        : await source.Statement("""
            SELECT totp_secret IS NOT NULL, (SELECT count(*)::int FROM tenants.passkeys WHERE user_id = $1),
                (SELECT count(*)::int FROM tenants.recovery_codes WHERE user_id = $1 AND used_at IS NULL)
            FROM tenants.users WHERE id = $1
            """, user.Value).Row(row => new FactorState(row.GetBoolean(0), row.GetInt32(1), row.GetInt32(2)), ct)
            ?? FactorState.None;

    public Task<Result<TotpEnrolment>> EnrolTotp(Actor actor, CancellationToken ct = default) =>
        Change<TotpEnrolment>(actor, async (user, work) =>
        {
            var secret = Totp.NewSecret();
            await codes.KeepPending(user.Id, secret, actor, work, ct);
            return Shown(secret, user);
        }, ct);

    public Task<Result<TotpEnrolment?>> PendingTotp(Actor actor, CancellationToken ct = default) =>
        Change<TotpEnrolment?>(
            actor,
            async (user, work) => await codes.Pending(user.Id, actor, work, ct) is { } secret ? Shown(secret, user) : null, ct);

    public async Task<Result<RecoveryCodes>> ConfirmTotp(string code, Actor actor, CancellationToken ct = default)
    {
        if (await codes.Guard(actor, ct) is { } tooMany) return tooMany;
        var confirmed = await Change<RecoveryCodes>(actor, async (user, work) =>
        {
            if (await codes.Confirm(user.Id, code, actor, work, ct) is not { } fits) return NotBegun;
            if (!fits) return CodeWrong;
            await Tell(user, "added", actor, work, ct);
            await Record(actor, "tenants.factor.add-totp", user, work, ct);
            return await Codes.Renew(user.Id, work, ct);
        }, ct);
        if (confirmed.Ok) await codes.Forget(actor, ct);
        return confirmed;
    }

    public Task<Result<Done>> RemoveTotp(Actor actor, CancellationToken ct = default) =>
        Change<Done>(actor, async (user, work) =>
        {
            if (!user.HasTotp) return None;
            await work.Execute(
                "UPDATE tenants.users SET totp_secret = NULL, totp_pending = NULL WHERE id = $1", [user.Id.Value], ct);
            // They stand in for passkeys, too.
            if (!user.HasPasskey)
                await work.Execute("DELETE FROM tenants.recovery_codes WHERE user_id = $1", [user.Id.Value], ct);
            await Tell(user, "removed", actor, work, ct);
            await Record(actor, "tenants.factor.remove-totp", user, work, ct);
            return new Done();
        }, ct);

    public Task<Result<RecoveryCodes>> RenewRecoveryCodes(Actor actor, CancellationToken ct = default) =>
        Change<RecoveryCodes>(actor, async (user, work) =>
        {
            if (!user.HasSecondFactor) return NoFactor;
            await Record(actor, "tenants.factor.renew-recovery-codes", user, work, ct);
            return await Codes.Renew(user.Id, work, ct);
        }, ct);

    private TotpEnrolment Shown(byte[] secret, User user)
    {
        var shown = new TotpEnrolment(Totp.Base32(secret), Totp.Uri(secret, options.Value.InstallationName, user.Email));
        CryptographicOperations.ZeroMemory(secret);
        return shown;
    }

    private Task<Result<T>> Change<T>(Actor actor, Func<User, UnitOfWork, Task<Result<T>>> change, CancellationToken ct) =>
        units.Write<T>(null, async work =>
        {
            if (actor.Check(Permission.SelfSecurity, fresh: true) is { } refusal) return refusal;
            return await UserRows.Hold(actor.User!.Value, work, ct) is { } user ? await change(user, work) : UserRows.Unknown;
        }, ct);

    private Task Tell(User user, string change, Actor actor, UnitOfWork work, CancellationToken ct) =>
        letters.Tell(user, MailTemplates.FactorChanged, new() { ["change"] = change }, actor.Origin, work, ct);

    private Task Record(Actor actor, string action, User user, UnitOfWork work, CancellationToken ct) =>
        audit.Record(new AuditEvent(actor, action, user.Id.ToString(), null, null, null), work, ct);
}
