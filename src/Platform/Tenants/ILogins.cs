using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>The actor's own logins: who it is at identity providers.</summary>
public interface ILogins
{
    /// <summary>All of them, the oldest first.</summary>
    Task<IReadOnlyList<Login>> List(Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Takes one away. Asks for a fresh session; refused where nothing else would let the person in
    /// (<c>auth.last-means</c>).
    /// </summary>
    Task<Result<Done>> Unlink(LoginId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// What waits to be linked (<see cref="ProviderArrival.Pending"/>), for the page that asks; null where it is too old.
    /// </summary>
    PendingLogin? Pending(string kept);

    /// <summary>
    /// Links what waits to the actor, whose verified address must be the one that it was about. Asks for a fresh session.
    /// </summary>
    Task<Result<Done>> LinkPending(string kept, Actor actor, CancellationToken ct = default);
}

/// <param name="Id">Opens nothing.</param>
/// <param name="Provider">Its name; null where the settings name it no longer, or it is the API's outside issuer alone.</param>
/// <param name="Label">What the provider is called, or its address.</param>
/// <param name="Shown">How the provider calls the person; null where it did not say.</param>
/// <param name="CreatedAt">When it was linked.</param>
/// <param name="UsedAt">When it last let the person in; null: never.</param>
public sealed record Login(
    LoginId Id, string? Provider, string Label, string? Shown, DateTimeOffset CreatedAt, DateTimeOffset? UsedAt);
