using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>Tells those whom a deletion concerns, while it can be taken back and once it is done.</summary>
internal sealed class DeletionLetters(Letters letters)
{
    /// <summary>To every owner whose address is proved: one of them asked for it, or an operator.</summary>
    public async Task Planned(Organization one, DateTimeOffset at, UnitOfWork work, CancellationToken ct)
    {
        var owners = await work.Statement("""
            SELECT m.user_id FROM tenants.members m JOIN tenants.users u ON u.id = m.user_id
            WHERE m.organization_id = $1 AND m.role = 'owner' AND u.email_key IS NOT NULL ORDER BY m.user_id
            """, one.Id.Value).Rows(row => new UserId(row.GetGuid(0)), ct);
        foreach (var owner in owners)
        {
            if (await UserRows.Hold(owner, work, ct) is not { } user) continue;
            await letters.Say(
                user, MailTemplates.OrganizationDeletion,
                new()
                {
                    ["organization"] = one.Name,
                    ["at"] = Letters.Iso(at),
                    ["link"] = letters.Address($"/console/{one.Id}/data"),
                }, work, ct);
        }
    }

    public Task Planned(User user, DateTimeOffset at, UnitOfWork work, CancellationToken ct) => Say(
        user, MailTemplates.AccountDeletion,
        new() { ["at"] = Letters.Iso(at), ["link"] = letters.Address("/account/data") }, work, ct);

    public Task Kept(User user, Refusal why, UnitOfWork work, CancellationToken ct) => Say(
        user, MailTemplates.AccountKept,
        new() { ["why"] = why.Message, ["link"] = letters.Address("/account/data") }, work, ct);

    public Task Deleted(User user, UnitOfWork work, CancellationToken ct) =>
        Say(user, MailTemplates.AccountDeleted, [], work, ct);

    // An address that nobody proved is somebody else's, perhaps.
    private Task Say(
        User user, string template, Dictionary<string, string> values, UnitOfWork work, CancellationToken ct) =>
        user.IsVerified ? letters.Say(user, template, values, work, ct) : Task.CompletedTask;
}
