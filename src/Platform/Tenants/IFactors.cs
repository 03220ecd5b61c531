using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Second factors of the actor's own account. What changes them asks for a fresh session (<c>access.step-up</c>).
/// </summary>
public interface IFactors
{
    /// <summary>What the actor has.</summary>
    Task<FactorState> Show(Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Begins with an authenticator app: a secret that counts once a code of it is confirmed, in the same session and within
    /// an hour. Again gives another.
    /// </summary>
    Task<Result<TotpEnrolment>> EnrolTotp(Actor actor, CancellationToken ct = default);

    /// <summary>
    /// What <see cref="EnrolTotp"/> began in this session and nobody confirmed yet; null where nothing waits. Changes nothing,
    /// and asks for a fresh session, because the secret is in it.
    /// </summary>
    Task<Result<TotpEnrolment?>> PendingTotp(Actor actor, CancellationToken ct = default);

    /// <summary>Puts the secret in force by a code of it; answers ten recovery codes, shown this once.</summary>
    Task<Result<RecoveryCodes>> ConfirmTotp(string code, Actor actor, CancellationToken ct = default);

    /// <summary>Removes the authenticator app; and the recovery codes, where no passkey is left either.</summary>
    Task<Result<Done>> RemoveTotp(Actor actor, CancellationToken ct = default);

    /// <summary>Ten new recovery codes; the old ones end.</summary>
    Task<Result<RecoveryCodes>> RenewRecoveryCodes(Actor actor, CancellationToken ct = default);
}

/// <param name="Totp">Whether an authenticator app is in force.</param>
/// <param name="Passkeys">How many there are.</param>
/// <param name="RecoveryCodesLeft">Unused ones.</param>
public sealed record FactorState(bool Totp, int Passkeys, int RecoveryCodesLeft)
{
    public static readonly FactorState None = new(false, 0, 0);
}

/// <param name="Secret">Base 32, to be typed.</param>
/// <param name="Uri"><c>otpauth://totp/…</c>, for a QR code.</param>
public sealed record TotpEnrolment(string Secret, string Uri);

/// <param name="Codes">Each works once in place of a code.</param>
public sealed record RecoveryCodes(IReadOnlyList<string> Codes);
