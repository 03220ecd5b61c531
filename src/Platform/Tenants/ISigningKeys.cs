using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>
/// The keys with which access tokens (JWT, ES256) are signed. They change by themselves; a key is published before it signs and
/// stays published until what it signed has expired.
/// </summary>
public interface ISigningKeys
{
    /// <summary>All keys, in the order in which they sign. Asks for <c>settingsRead</c>.</summary>
    Task<Result<IReadOnlyList<SigningKeyState>>> List(Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Makes a key that signs at once. With <paramref name="withdraw"/>, after a key leaked, nothing that others signed counts
    /// any more: clients refresh. Asks for <c>settingsWrite</c> and a fresh session.
    /// </summary>
    Task<Result<SigningKeyState>> Rotate(bool withdraw, Actor actor, CancellationToken ct = default);
}

/// <param name="Id">The <c>kid</c> in the tokens: the thumbprint of the key (RFC 7638).</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SignsFrom">From when it signs.</param>
/// <param name="WithdrawnAt">Since when nothing that it signed counts; null: it was not withdrawn.</param>
/// <param name="State"><c>next</c>, <c>signs</c>, <c>verifies</c>, <c>over</c> or <c>withdrawn</c>.</param>
public sealed record SigningKeyState(
    string Id, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, DateTimeOffset? WithdrawnAt, string State);
