using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Accounts of people. Verbs that take an address nobody proved answer the same, in the same time, whether it has an account
/// or not; what differs is the mail. Limits answer <c>auth.too-many</c> (429) with the time to wait.
/// </summary>
public interface IUsers
{
    /// <summary>
    /// Makes an account with an organization of its own and signs in at once; the address is unverified until
    /// <see cref="Verify"/>. Refused where the policy is closed, or by invitation without one for this address, and
    /// where the password breaks a rule (<c>auth.password-weak</c>, with all faults).
    /// </summary>
    Task<Result<SignedIn>> SignUp(SignUpRequest request, Origin from, CancellationToken ct = default);

    /// <summary>Proves the address of the signed-in user by a link's token; the link of another user is refused.</summary>
    Task<Result<User>> Verify(string token, Actor actor, CancellationToken ct = default);

    /// <summary>Sends the signed-in user another link to verify.</summary>
    Task<Result<Done>> ResendVerification(Actor actor, CancellationToken ct = default);

    /// <summary>Has a link to a new password mailed, if the address has an account.</summary>
    Task<Result<Done>> AskReset(string email, Origin from, CancellationToken ct = default);

    /// <summary>
    /// Sets a password by a link's token, proves the address, ends all sessions. The caller signs in afterwards.
    /// </summary>
    Task<Result<Done>> Reset(string token, string password, Origin from, CancellationToken ct = default);

    /// <summary>Changes the password of the actor, who gives the present one; other sessions end.</summary>
    Task<Result<Done>> ChangePassword(string present, string next, Actor actor, CancellationToken ct = default);

    /// <summary>Mails a link to the new address; the present one stays until it is opened. Asks for a fresh session.</summary>
    Task<Result<Done>> AskEmailChange(string email, Actor actor, CancellationToken ct = default);

    /// <summary>Takes the new address by a link's token, as the user that asked; the old address is told.</summary>
    Task<Result<User>> ConfirmEmailChange(string token, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Changes what the actor calls itself and its time zone; null leaves a value. With a <paramref name="version"/> it is
    /// refused when the account has another one.
    /// </summary>
    Task<Result<User>> ChangeProfile(
        string? name, string? timeZone, Actor actor, long? version = null, CancellationToken ct = default);

    /// <summary>A user by id; null where there is none.</summary>
    Task<User?> Find(UserId id, CancellationToken ct = default);

    /// <summary>For operators: the same as an answer to them, which is an event of the trail.</summary>
    Task<Result<User>> Show(UserId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// What those of the users are called whom the actor may see: itself, members of its organizations, for operators all. The
    /// others are left out. One question to the database, however many are asked for.
    /// </summary>
    Task<IReadOnlyDictionary<UserId, string>> NamesOf(
        IReadOnlyCollection<UserId> users, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// For operators: users by creation, pages of at most 200; <paramref name="search"/> matches part of address or name.
    /// </summary>
    Task<Result<IReadOnlyList<User>>> List(
        Actor actor, UserId? after = null, int limit = 200, string? search = null, CancellationToken ct = default);

    /// <summary>For operators: how a user gets in. Of passkeys and wallets how many, of logins with whom; nothing more.</summary>
    Task<Result<WaysIn>> WaysIn(UserId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// For operators: makes an account, its address taken as proved, with a one-time link by which the person chooses a password.
    /// </summary>
    Task<Result<CreatedUser>> Create(
        NewUser request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>For operators: locks the user out; sessions and tokens are refused at once. Twice is no fault.</summary>
    Task<Result<User>> Suspend(UserId id, string? why, Actor actor, CancellationToken ct = default);

    /// <summary>For operators: lets the user in again; sessions that ended stay ended.</summary>
    Task<Result<User>> Resume(UserId id, Actor actor, CancellationToken ct = default);

    /// <summary>For operators: changes what a user may do to the installation. The last operator keeps its role.</summary>
    Task<Result<User>> ChangePlatformRole(UserId id, PlatformRole role, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// For the console alone, which acts as the system: a one-time link that signs a user in, without second factor.
    /// </summary>
    Task<Result<string>> SignInLink(UserId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// For operators: removes a lost second factor, ends all sessions and returns a one-time link to a new password.
    /// </summary>
    Task<Result<ResetUser>> ResetFactors(UserId id, Actor actor, CancellationToken ct = default);
}

/// <param name="Email">At most 254 characters.</param>
/// <param name="Password">12 to 128 characters, none of the most common, without address or the installation's name.</param>
/// <param name="Name">Null takes what stands before the @.</param>
/// <param name="Invitation">Token of an invitation, where sign-up is by invitation.</param>
public sealed record SignUpRequest(string Email, string Password, string? Name = null, string? Invitation = null);

/// <param name="Password">Whether there is one.</param>
/// <param name="Totp">Whether an authenticator app is asked for a code.</param>
/// <param name="Passkeys">How many.</param>
/// <param name="Wallets">How many.</param>
/// <param name="Providers">With whom the person signs in besides, by the name of the settings.</param>
public sealed record WaysIn(bool Password, bool Totp, int Passkeys, int Wallets, IReadOnlyList<string> Providers);

public sealed record NewUser(string Email, string? Name, PlatformRole PlatformRole);

/// <param name="User">The new account.</param>
/// <param name="Link">Where the person chooses a password; works once, for one hour.</param>
public sealed record CreatedUser(User User, string Link);

/// <param name="User">The account, now without second factor.</param>
/// <param name="Link">Where the person chooses a new password; works once, for one hour.</param>
public sealed record ResetUser(User User, string Link);
