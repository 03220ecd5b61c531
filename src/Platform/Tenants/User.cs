using Sluice.Kernel;

namespace Sluice.Platform.Tenants;

/// <summary>A person with an account.</summary>
/// <param name="Id">The one id; addresses may change.</param>
/// <param name="Email">Lower case; a domain of other scripts in its ASCII form.</param>
/// <param name="EmailVerifiedAt">When the person proved that the address is theirs; null until then.</param>
/// <param name="Name">What others call the person.</param>
/// <param name="TimeZone">An IANA name, such as <c>Europe/Berlin</c>; times are shown in it.</param>
/// <param name="CreatedAt">When it signed up.</param>
/// <param name="PlatformRole">In force as long as the address is verified.</param>
/// <param name="SuspendedAt">Since when the person is locked out; null: is not.</param>
/// <param name="SuspendedWhy">What the operator wrote.</param>
/// <param name="HasPassword">False where the person signs in in other ways only.</param>
/// <param name="HasTotp">Whether an authenticator app is in force.</param>
/// <param name="HasPasskey">Whether there is a passkey.</param>
public sealed record User(
    UserId Id, string Email, DateTimeOffset? EmailVerifiedAt, string Name, string TimeZone, DateTimeOffset CreatedAt,
    PlatformRole PlatformRole, DateTimeOffset? SuspendedAt, string? SuspendedWhy, bool HasPassword, bool HasTotp,
    bool HasPasskey)
{
    /// <summary>Grows with every change of what is shown.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Version { get; init; } = 1;

    /// <summary>When the account is to be deleted; null: is not.</summary>
    public DateTimeOffset? DeleteAt { get; init; }

    public bool IsVerified => EmailVerifiedAt is not null;

    /// <summary>Whether signing in by password asks for one more thing: a code or a passkey.</summary>
    public bool HasSecondFactor => HasTotp || HasPasskey;
}
