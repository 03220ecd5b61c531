using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>
/// What somebody left in an account before its address was proved, when somebody else proves it: whoever that was may have
/// nothing in it any more, neither a way in nor a token, key or webhook of its organizations.
/// </summary>
internal sealed class Leftovers(OrganizationBook organizations, Suspensions suspensions, TimeProvider time)
{
    private const string Why = "Whoever began it never proved the address of the account.";

    private static readonly string[] WaysIn = ["recovery_codes", "passkeys", "wallets", "logins"];

    /// <summary>Removes it all, shuts the organizations that nobody else belongs to, and begins a new one.</summary>
    public async Task Remove(User user, Origin from, UnitOfWork work, CancellationToken ct)
    {
        foreach (var table in WaysIn)
            await work.Execute($"DELETE FROM tenants.{table} WHERE user_id = $1", [user.Id.Value], ct);
        await work.Execute("DELETE FROM tenants.exports WHERE user_id = $1", [user.Id.Value], ct);
        await work.Execute("UPDATE tenants.users SET delete_at = NULL WHERE id = $1", [user.Id.Value], ct);
        var now = time.GetMicros();
        await work.Execute(
            "UPDATE tenants.tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL", [user.Id.Value, now], ct);
        var alone = await work.Statement("""
            SELECT m.organization_id FROM tenants.members m WHERE m.user_id = $1
                AND NOT EXISTS (SELECT FROM tenants.members o WHERE o.organization_id = m.organization_id AND o.user_id <> $1)
            ORDER BY m.organization_id
            """, user.Id.Value).Rows(row => new OrganizationId(row.GetGuid(0)), ct);
        foreach (var organization in alone)
        {
            await suspensions.Set(organization, suspended: true, Why, Actor.System, work, ct);
            await work.Execute(
                "UPDATE tenants.tokens SET revoked_at = $2 WHERE organization_id = $1 AND revoked_at IS NULL",
                [organization.Value, now], ct);
            await work.Execute(
                "DELETE FROM tenants.members WHERE organization_id = $1 AND user_id = $2",
                [organization.Value, user.Id.Value], ct);
        }
        await organizations.Make(user.Name, UserRows.Actor(user.Id, from), work, ct);
    }
}
