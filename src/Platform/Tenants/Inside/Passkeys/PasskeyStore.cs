using Microsoft.AspNetCore.Identity;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Passkeys;

/// <summary>
/// What the framework's handler asks of a store while it judges one answer, inside a unit of work: the user's row is held before
/// the passkey's. Everything else of the interface is ours to do, and is refused here.
/// </summary>
internal sealed class PasskeyStore(UnitOfWork work) : IUserPasskeyStore<User>
{
    public Task<string> GetUserIdAsync(User user, CancellationToken cancellationToken) => Task.FromResult(user.Id.ToString());

    public Task<User?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        WireId.TryParse<UserId>(userId, out var id) ? UserRows.Hold(id, work, cancellationToken) : Task.FromResult<User?>(null);

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(User user, CancellationToken cancellationToken) =>
        await work.Statement(
            $"SELECT {PasskeyRows.KeyColumns} FROM tenants.passkeys WHERE user_id = $1 ORDER BY id", user.Id.Value)
            .Rows(PasskeyRows.ReadKey, cancellationToken);

    public Task<User?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) => work.Statement($"""
        SELECT {UserRows.Columns} FROM tenants.users
        WHERE id = (SELECT user_id FROM tenants.passkeys WHERE credential_id = $1)
        """, credentialId).Row(UserRows.Read, cancellationToken);

    public Task<UserPasskeyInfo?> FindPasskeyAsync(User user, byte[] credentialId, CancellationToken cancellationToken) =>
        work.Statement(
            $"SELECT {PasskeyRows.KeyColumns} FROM tenants.passkeys WHERE user_id = $1 AND credential_id = $2 FOR UPDATE",
            user.Id.Value, credentialId).Row(PasskeyRows.ReadKey, cancellationToken);

    public void Dispose()
    {
        // The unit of work is the caller's.
    }

    public Task AddOrUpdatePasskeyAsync(User user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw Ours();

    public Task RemovePasskeyAsync(User user, byte[] credentialId, CancellationToken cancellationToken) => throw Ours();

    public Task<string?> GetUserNameAsync(User user, CancellationToken cancellationToken) => throw Ours();

    public Task SetUserNameAsync(User user, string? userName, CancellationToken cancellationToken) => throw Ours();

    public Task<string?> GetNormalizedUserNameAsync(User user, CancellationToken cancellationToken) => throw Ours();

    public Task SetNormalizedUserNameAsync(User user, string? normalizedName, CancellationToken cancellationToken) =>
        throw Ours();

    public Task<IdentityResult> CreateAsync(User user, CancellationToken cancellationToken) => throw Ours();

    public Task<IdentityResult> UpdateAsync(User user, CancellationToken cancellationToken) => throw Ours();

    public Task<IdentityResult> DeleteAsync(User user, CancellationToken cancellationToken) => throw Ours();

    public Task<User?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw Ours();

    private static NotSupportedException Ours() => new("The passkey handler reads; what changes accounts are the room's verbs.");
}

/// <summary>The part of Identity's user manager that its passkey handler speaks to, over <see cref="PasskeyStore"/>.</summary>
internal sealed class PasskeyUsers(PasskeyStore store, CancellationToken ct)
    : UserManager<User>(store, null!, null!, null!, null!, null!, null!, null!, null!)
{
    protected override CancellationToken CancellationToken => ct;
}
