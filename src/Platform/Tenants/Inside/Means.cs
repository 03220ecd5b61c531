using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Providers;

namespace Sluice.Platform.Tenants.Inside;

/// <summary>What lets a person in.</summary>
internal sealed class Means(ProviderBook providers)
{
    public static readonly Refusal Last = Refusal.Conflict(
        "auth.last-means", "Nothing else would let you in: set a password first, or add another way to sign in.");

    /// <summary>
    /// Whether anything lets the person in as the account stands in this unit of work. A second factor alone does not, nor
    /// does a login at a provider that the settings no longer name. The user's row is held.
    /// </summary>
    public Task<bool> Are(UserId user, UnitOfWork work, CancellationToken ct) => work.Statement("""
        SELECT password_hash IS NOT NULL OR EXISTS (SELECT FROM tenants.passkeys WHERE user_id = $1)
            OR EXISTS (SELECT FROM tenants.wallets WHERE user_id = $1)
            OR EXISTS (SELECT FROM tenants.logins WHERE user_id = $1 AND provider = ANY($2))
        FROM tenants.users WHERE id = $1
        """, user.Value, providers.Issuers).Row(row => row.GetBoolean(0), ct);
}
