using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Factors;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>Proves once more who it is that sits before a session.</summary>
internal sealed class StepUps(
    IUnitsOfWork units, IAudit audit, PasswordWrites accounts, Passwords passwords, Codes codes, StepUpSessions sessions)
{
    private static readonly Refusal ProofMissing =
        Refusal.Invalid("auth.proof-missing", "Prove that it is you by one of the two: your password, or a code.");

    private static readonly Refusal PasswordWrong = Refusal.Invalid(
        "auth.password-wrong", "The password is another one.", ["password: is another one. Write the one you sign in with."]);

    public async Task<Result<SignedIn>> StepUp(StepUpProof proof, Actor actor, CancellationToken ct)
    {
        if (actor.User is not { } user || actor.Session is not { } session) return SessionBook.None;
        if ((proof.Password is null) == (proof.Code is null)) return ProofMissing;
        var guesses = proof.Code is null
            ? [AttemptLimits.Pair("step-up", user.ToString(), actor.Origin ?? new Origin(null, null, null))]
            : Codes.Guesses(user.ToString(), actor.Origin);
        if (await sessions.Guard(guesses, ct) is { } tooMany) return tooMany;
        if (proof.Password is { } password)
        {
            if (await accounts.Find(user, ct) is not { } account) return SessionBook.None;
            var match = await passwords.Compare(password, [account.PasswordHash], ct);
            if (!match.Ok) return match.Refusal;
            if (!match.Value.Fits) return PasswordWrong;
        }
        var renewed = await units.Write<SignedIn>(null, async work =>
        {
            if (proof.Code is { } code && !await codes.TakeTotp(user, code, work, ct)) return FactorBook.CodeWrong;
            var made = await sessions.Renew(session, user, work, ct);
            if (!made.Ok) return made.Refusal;
            await audit.Record(
                new AuditEvent(actor, "tenants.session.step-up", session.ToString(), null, null, null), work, ct);
            return made;
        }, ct);
        if (renewed.Ok) await sessions.Forget(guesses, ct);
        return renewed;
    }
}

/// <summary>The session that is made fresh, and how often that is tried.</summary>
internal sealed class StepUpSessions(SessionBook sessions, Attempts attempts)
{
    public Task<Refusal?> Guard(Counter[] guesses, CancellationToken ct) => attempts.Take(guesses, ct);

    public Task Forget(Counter[] guesses, CancellationToken ct) => attempts.Clear(guesses, ct);

    public Task<Result<SignedIn>> Renew(SessionId session, UserId user, UnitOfWork work, CancellationToken ct) =>
        sessions.Renew(session, user, work, ct);
}
