using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Challenges;
using Sluice.Platform.Tenants.Inside.Factors;
using Sluice.Platform.Tenants.Inside.Passkeys;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>Proves once more who it is that sits before a session.</summary>
internal sealed class StepUps(
    IUnitsOfWork units, PasswordWrites accounts, Passwords passwords, Codes codes, SignedProofs signed, StepUpSessions sessions)
{
    private static readonly Refusal ProofMissing = Refusal.Invalid(
        "auth.proof-missing", "Prove that it is you in one way: by your password, a code, or a passkey.");

    private static readonly Refusal PasswordWrong = Refusal.Invalid(
        "auth.password-wrong", "The password is another one.", ["password: is another one. Write the one you sign in with."]);

    public async Task<Result<SignedIn>> StepUp(StepUpProof proof, Actor actor, CancellationToken ct)
    {
        if (actor.User is not { } user || actor.Session is null) return SessionBook.None;
        if (new object?[] { proof.Password, proof.Code, proof.Passkey }.Count(one => one is not null) != 1) return ProofMissing;
        var guesses = proof.Code is null
            ? [AttemptLimits.Pair("step-up", user.ToString(), actor.Origin ?? new Origin(null, null, null))]
            : Codes.Guesses(user.ToString(), actor.Origin);
        if (await sessions.Guard(guesses, ct) is { } tooMany) return tooMany;
        if (proof.Password is { } password && await Compare(password, user, ct) is { } wrong) return wrong;
        var state = proof.Passkey is { } passkey ? await signed.State(passkey, user, ct) : "";
        if (!state.Ok) return state.Refusal;
        var renewed = await units.Write<SignedIn>(null, async work =>
        {
            if (proof.Code is { } code && !await codes.TakeTotp(user, code, work, ct)) return FactorBook.CodeWrong;
            if (proof.Passkey is { } answer && await signed.Check(answer, state.Value, user, work, ct) is { } foreign)
                return foreign;
            return await sessions.Renew(actor, work, ct);
        }, ct);
        if (renewed.Ok) await sessions.Forget(guesses, ct);
        return renewed;
    }

    private async Task<Refusal?> Compare(string password, UserId user, CancellationToken ct)
    {
        if (await accounts.Find(user, ct) is not { } account) return SessionBook.None;
        var match = await passwords.Compare(password, [account.PasswordHash], ct);
        return !match.Ok ? match.Refusal : match.Value.Fits ? null : PasswordWrong;
    }
}

/// <summary>Proofs that are signed in the browser.</summary>
internal sealed class SignedProofs(ChallengeBook challenges, PasskeyCeremonies passkeys)
{
    /// <summary>What was asked of this user's browser; it is used up then.</summary>
    public Task<Result<string>> State(ChallengeAnswer answer, UserId user, CancellationToken ct) =>
        challenges.Take(answer.Secret, PasskeyRoom.StepUp, user, ct);

    /// <summary>The refusal where it is not a passkey of this user that signed that.</summary>
    public async Task<Refusal?> Check(
        ChallengeAnswer answer, string state, UserId user, UnitOfWork work, CancellationToken ct)
    {
        if (passkeys.Shut is { } shut) return shut;
        var signed = await passkeys.Signed(state, answer.Credential, work, ct);
        // The session is as good as before: it is the proof that is not.
        return signed.Ok && signed.Value.Id == user ? null : PasskeyCeremonies.Refused with { Status = 422 };
    }
}

/// <summary>The session that is made fresh, and how often that is tried.</summary>
internal sealed class StepUpSessions(SessionBook sessions, Attempts attempts, IAudit audit)
{
    public Task<Refusal?> Guard(Counter[] guesses, CancellationToken ct) => attempts.Take(guesses, ct);

    public Task Forget(Counter[] guesses, CancellationToken ct) => attempts.Clear(guesses, ct);

    public async Task<Result<SignedIn>> Renew(Actor actor, UnitOfWork work, CancellationToken ct)
    {
        var session = actor.Session!.Value;
        var made = await sessions.Renew(session, actor.User!.Value, work, ct);
        if (!made.Ok) return made.Refusal;
        await audit.Record(new AuditEvent(actor, "tenants.session.step-up", session.ToString(), null, null, null), work, ct);
        return made;
    }
}
