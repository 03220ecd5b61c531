using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Passkeys;
using Sluice.Platform.Tenants.Inside.Providers;

namespace Sluice.Platform.Tenants.Inside;

/// <summary>What lets a person in.</summary>
internal sealed class Means(ProviderBook providers, PasskeyCeremonies passkeys, IOptions<WalletsOptions> wallets)
{
    public static readonly Refusal Last = Refusal.Conflict(
        "auth.last-means", "Nothing else would let you in: set a password first, or add another way to sign in.");

    /// <summary>
    /// Whether anything lets the person in as the account stands in this unit of work. A second factor alone does not, nor
    /// does what the settings no longer offer. The user's row is held.
    /// </summary>
    public Task<bool> Are(UserId user, UnitOfWork work, CancellationToken ct) => work.Statement("""
        SELECT password_hash IS NOT NULL
            OR ($3 AND EXISTS (SELECT FROM tenants.passkeys WHERE user_id = $1))
            OR ($4 AND EXISTS (SELECT FROM tenants.wallets WHERE user_id = $1))
            OR EXISTS (SELECT FROM tenants.logins WHERE user_id = $1 AND provider = ANY($2))
        FROM tenants.users WHERE id = $1
        """, user.Value, providers.Issuers, passkeys.Shut is null, wallets.Value.Offered).Row(row => row.GetBoolean(0), ct);

    /// <summary>Whether the person can prove here, without a provider, who it is.</summary>
    public static Task<bool> AreOwn(UserId user, UnitOfWork work, CancellationToken ct) => work.Statement("""
        SELECT password_hash IS NOT NULL OR EXISTS (SELECT FROM tenants.passkeys WHERE user_id = $1)
            OR EXISTS (SELECT FROM tenants.wallets WHERE user_id = $1)
        FROM tenants.users WHERE id = $1
        """, user.Value).Row(row => row.GetBoolean(0), ct);
}
