using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// Passkeys (WebAuthn): keys in a person's device that sign for this installation's address alone, after the device made sure
/// who holds it. One signs in by itself, is a second factor to a password, and makes a session fresh. Closed
/// (<c>auth.passkeys-closed</c>) where the public address is an IP address, or is reached without TLS from other machines.
/// </summary>
public interface IPasskeys
{
    /// <summary>Whether the public address is one that browsers make passkeys for.</summary>
    bool AreOffered { get; }

    /// <summary>Those of the actor's user, oldest first.</summary>
    Task<IReadOnlyList<Passkey>> List(Actor actor, CancellationToken ct = default);

    /// <summary>What the browser is to make a passkey by. Asks for a fresh session (<c>access.step-up</c>).</summary>
    Task<Result<PasskeyRequest>> AskNew(Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Adds the passkey that the browser made, at most 20 of a person. The first second factor of an account comes with ten
    /// recovery codes, shown this once.
    /// </summary>
    Task<Result<AddedPasskey>> Add(string? name, ChallengeAnswer answer, Actor actor, CancellationToken ct = default);

    /// <summary>Gives one another name.</summary>
    Task<Result<Passkey>> Rename(PasskeyId id, string name, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Removes one; refused (<c>auth.last-means</c>) where nothing else would let the person in. Asks for a fresh session.
    /// </summary>
    Task<Result<Done>> Remove(PasskeyId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// What the browser is to sign: with the ticket of a first step, for one of that account's passkeys, otherwise for any
    /// passkey that it has for this installation.
    /// </summary>
    Task<Result<PasskeyRequest>> AskSignIn(string? ticket, Origin from, CancellationToken ct = default);

    /// <summary>
    /// Signs in by what the browser signed; it counts as both factors. Refused with <c>auth.passkey-refused</c>.
    /// </summary>
    Task<Result<SignedIn>> SignIn(string? ticket, ChallengeAnswer answer, Origin from, CancellationToken ct = default);

    /// <summary>What the browser is to sign for <see cref="ISignIn.StepUp"/>.</summary>
    Task<Result<PasskeyRequest>> AskStepUp(Actor actor, CancellationToken ct = default);
}

/// <param name="Id">Ours; the authenticator has another one.</param>
/// <param name="Name">What the person calls it.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="LastUsedAt">When it last signed; null: not yet.</param>
/// <param name="IsSynced">Whether it is copied to other devices of the person by whoever made the authenticator.</param>
public sealed record Passkey(
    PasskeyId Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, bool IsSynced);

/// <param name="Passkey">What was added.</param>
/// <param name="RecoveryCodes">Null where the account had a second factor already.</param>
public sealed record AddedPasskey(Passkey Passkey, IReadOnlyList<string>? RecoveryCodes);

/// <param name="Options">For <c>navigator.credentials</c>, in the JSON form of WebAuthn level 3.</param>
/// <param name="Challenge">What the browser keeps until it answers.</param>
public sealed record PasskeyRequest(JsonElement Options, Challenge Challenge);
