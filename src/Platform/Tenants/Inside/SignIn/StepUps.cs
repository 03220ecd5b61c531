using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Challenges;
using Sluice.Platform.Tenants.Inside.Factors;
using Sluice.Platform.Tenants.Inside.Passkeys;
using Sluice.Platform.Tenants.Inside.Sessions;
using Sluice.Platform.Tenants.Inside.Users;
using Sluice.Platform.Tenants.Inside.Wallets;

namespace Sluice.Platform.Tenants.Inside.SignIn;

/// <summary>Proves once more who it is that sits before a session.</summary>
internal sealed class StepUps(
    IUnitsOfWork units, PasswordWrites accounts, Passwords passwords, Codes codes, SignedProofs signed, StepUpSessions sessions)
{
    private static readonly Refusal ProofMissing = Refusal.Invalid(
        "auth.proof-missing", "Prove that it is you in one way: by your password, a code, a passkey, or a wallet.");

    private static readonly Refusal PasswordWrong = Refusal.Invalid(
        "auth.password-wrong", "The password is another one.", ["password: is another one. Write the one you sign in with."]);

    public async Task<Result<SignedIn>> StepUp(StepUpProof proof, Actor actor, CancellationToken ct)
    {
        if (actor.User is not { } user || actor.Session is null) return SessionBook.None;
        if (Count(proof) != 1) return ProofMissing;
        var guesses = proof.Code is null
            ? [AttemptLimits.Pair("step-up", user.ToString(), actor.Origin ?? new Origin(null, null, null))]
            : Codes.Guesses(user.ToString(), actor.Origin);
        if (await sessions.Guard(guesses, ct) is { } tooMany) return tooMany;
        if (proof.Password is { } password && await Compare(password, user, ct) is { } wrong) return wrong;
        var asked = await signed.Take(proof, user, ct);
        if (!asked.Ok) return asked.Refusal;
        var renewed = await units.Write<SignedIn>(null, async work =>
        {
            if (proof.Code is { } code && !await codes.TakeTotp(user, code, work, ct)) return FactorBook.CodeWrong;
            if (await signed.Check(proof, asked.Value, user, work, ct) is { } foreign) return foreign;
            return await sessions.Renew(actor, work, ct);
        }, ct);
        if (renewed.Ok) await sessions.Forget(guesses, ct);
        return renewed;
    }

    private static int Count(StepUpProof proof) =>
        new object?[] { proof.Password, proof.Code, proof.Passkey, proof.Wallet }.Count(one => one is not null);

    private async Task<Refusal?> Compare(string password, UserId user, CancellationToken ct)
    {
        if (await accounts.Find(user, ct) is not { } account) return SessionBook.None;
        var match = await passwords.Compare(password, [account.PasswordHash], ct);
        return !match.Ok ? match.Refusal : match.Value.Fits ? null : PasswordWrong;
    }
}

/// <summary>Proofs that are signed: by a passkey, or by a wallet.</summary>
internal sealed class SignedProofs(
    ChallengeBook challenges, PasskeyCeremonies passkeys, WalletMessages wallets, TimeProvider time)
{
    /// <summary>
    /// What this user's browser was asked, which is used up then. Wallets are judged here, because a chain may be asked.
    /// </summary>
    public async Task<Result<AskedProof>> Take(StepUpProof proof, UserId user, CancellationToken ct)
    {
        if (proof.Wallet is { } answer)
        {
            var key = await wallets.Judge(WalletPurpose.StepUp, answer, user, ct);
            return key.Ok ? new AskedProof(null, key.Value) : key.Refusal;
        }
        if (proof.Passkey is not { } passkey) return new AskedProof(null, null);
        if (passkeys.Shut is { } shut) return shut;
        var state = await challenges.Take(passkey.Secret, PasskeyRoom.StepUp, user, ct);
        return state.Ok ? new AskedProof(state.Value, null) : state.Refusal;
    }

    /// <summary>The refusal where it is not a passkey or a wallet of this user that signed.</summary>
    public async Task<Refusal?> Check(
        StepUpProof proof, AskedProof asked, UserId user, UnitOfWork work, CancellationToken ct)
    {
        if (asked.Wallet is { } key)
            return (await WalletRows.Use(key, time.GetMicros(), work, ct))?.Id == user ? null : WalletBook.Foreign;
        if (asked.PasskeyState is not { } state || proof.Passkey is not { } answer) return null;
        var signed = await passkeys.Signed(state, answer.Credential, work, ct);
        // The session is as good as before: it is the proof that is not.
        return signed.Ok && signed.Value.Id == user ? null : PasskeyCeremonies.Refused with { Status = 422 };
    }
}

/// <param name="PasskeyState">What a passkey's answer is judged by; null where none was given.</param>
/// <param name="Wallet">Which wallet signed; null where none did.</param>
internal sealed record AskedProof(string? PasskeyState, WalletKey? Wallet);

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
