using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Ways in. A refusal never says which of address and password was wrong (<c>auth.sign-in-refused</c>, 401); too many
/// failures wait (<c>auth.too-many</c>, 429), and where too many hash at once nobody queues for long (<c>auth.busy</c>, 503).
/// </summary>
public interface ISignIn
{
    /// <summary>By address and password: a session, or a ticket for the second factor.</summary>
    Task<Result<SignInStep>> WithPassword(string email, string password, Origin from, CancellationToken ct = default);

    /// <summary>The second step: a code of the authenticator app, or a recovery code, which works once.</summary>
    Task<Result<SignedIn>> WithSecondFactor(string ticket, string code, Origin from, CancellationToken ct = default);

    /// <summary>By a one-time link of the console or the demo; no second factor is asked.</summary>
    Task<Result<SignedIn>> WithLink(string token, Origin from, CancellationToken ct = default);

    /// <summary>
    /// Makes the session of the actor fresh for 15 minutes by its password, a code of its authenticator app, one of its
    /// passkeys or one of its wallets. The session's secret changes: set the cookie again.
    /// </summary>
    Task<Result<SignedIn>> StepUp(StepUpProof proof, Actor actor, CancellationToken ct = default);

    /// <summary>Ends the actor's own session.</summary>
    Task SignOut(Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Makes the first operator by the one-time link that the console printed, and signs in. Its address counts as proved.
    /// </summary>
    Task<Result<SignedIn>> FirstOperator(string token, SignUpRequest request, Origin from, CancellationToken ct = default);
}

/// <summary>Exactly one of the two: signed in, or one step more.</summary>
public sealed record SignInStep(SignedIn? Session, SecondFactorTicket? SecondFactor);

/// <summary>A session that just began, or whose secret just changed.</summary>
/// <param name="User">Whose it is.</param>
/// <param name="Session">Its id.</param>
/// <param name="Secret">For the cookie (<see cref="SessionCookie"/>) and nothing else; never shown or logged.</param>
/// <param name="ExpiresAt">The end of the session, however much it is used.</param>
public sealed record SignedIn(UserId User, SessionId Session, string Secret, DateTimeOffset ExpiresAt);

/// <param name="Ticket">Stands for the first step; used once, five attempts, five minutes.</param>
/// <param name="ExpiresAt">Its end.</param>
/// <param name="Code">Whether a code of an authenticator app is one way.</param>
/// <param name="Passkey">Whether a passkey is one (<see cref="IPasskeys.AskSignIn"/>).</param>
public sealed record SecondFactorTicket(string Ticket, DateTimeOffset ExpiresAt, bool Code, bool Passkey);

/// <summary>One of them.</summary>
public sealed record StepUpProof(
    string? Password, string? Code, ChallengeAnswer? Passkey = null, WalletAnswer? Wallet = null);
