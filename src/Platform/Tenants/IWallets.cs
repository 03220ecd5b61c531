using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Ethereum wallets as a way to sign in (EIP-4361): a person signs a text that names this installation and a nonce of ours. The
/// wallet is a key, or a contract that judges signatures itself (EIP-1271). A wallet is one factor; the second is asked for
/// where the account has one. Closed (<c>auth.wallets-closed</c>) where the operator says so.
/// </summary>
public interface IWallets
{
    bool AreOffered { get; }

    /// <summary>What a wallet is to sign for <see cref="SignIn"/>; its text is composed where the address is told.</summary>
    Task<Result<WalletRequest>> AskSignIn(WalletWish wish, Origin from, CancellationToken ct = default);

    /// <summary>What a wallet is to sign for <see cref="Add"/>. Asks for a fresh session (<c>access.step-up</c>).</summary>
    Task<Result<WalletRequest>> AskNew(WalletWish wish, Actor actor, CancellationToken ct = default);

    /// <summary>What a wallet of the actor is to sign for <see cref="ISignIn.StepUp"/>.</summary>
    Task<Result<WalletRequest>> AskStepUp(WalletWish wish, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Signs in, or asks for the second factor; where nobody has the wallet, opens signing up, which takes an address besides.
    /// </summary>
    Task<Result<WalletStep>> SignIn(WalletAnswer answer, Origin from, CancellationToken ct = default);

    /// <summary>Makes an account for the wallet that signed, under the policy of <see cref="IUsers.SignUp"/>.</summary>
    /// <param name="secret">Of <see cref="WalletStep.SignUp"/>, as the cookie carried it.</param>
    /// <param name="request">Its password is not looked at: there is none.</param>
    /// <param name="from">Who asks.</param>
    /// <param name="ct">Gives up.</param>
    Task<Result<SignedIn>> SignUp(string? secret, SignUpRequest request, Origin from, CancellationToken ct = default);

    /// <summary>Those of the actor's user, oldest first.</summary>
    Task<IReadOnlyList<Wallet>> List(Actor actor, CancellationToken ct = default);

    /// <summary>Links the wallet that signed to the actor's account, at most 20 of a person.</summary>
    Task<Result<Wallet>> Add(string? name, WalletAnswer answer, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Unlinks one; refused (<c>auth.last-means</c>) where nothing else would let the person in. Asks for a fresh session.
    /// </summary>
    Task<Result<Done>> Remove(WalletId id, Actor actor, CancellationToken ct = default);
}

/// <summary>A linked wallet.</summary>
/// <param name="Id">Ours.</param>
/// <param name="Name">What the person calls it.</param>
/// <param name="Address">With its checksum.</param>
/// <param name="ChainId">Where its contract is; null where it is a key.</param>
/// <param name="CreatedAt">When it was linked.</param>
/// <param name="LastUsedAt">When it last signed for this account; null: not since.</param>
public sealed record Wallet(
    WalletId Id, string Name, string Address, string? ChainId, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

/// <summary>For whom the text is to be composed; a caller that composes it itself tells neither.</summary>
public sealed record WalletWish(string? Address, ulong? ChainId);

/// <summary>The parts of the message to sign, and itself where the address was told.</summary>
public sealed record WalletRequest(
    string Domain, string Uri, string Statement, string Nonce, DateTimeOffset IssuedAt, DateTimeOffset ExpirationTime,
    string? Message, Challenge Challenge);

/// <param name="Message">The text that was signed, to the letter.</param>
/// <param name="Signature"><c>0x</c> and hexadecimal digits.</param>
/// <param name="Secret">What <see cref="ChallengeCookie"/> read.</param>
public sealed record WalletAnswer(string Message, string Signature, string? Secret);

/// <summary>Exactly one of the three.</summary>
public sealed record WalletStep(SignedIn? Session, SecondFactorTicket? SecondFactor, Challenge? SignUp);
