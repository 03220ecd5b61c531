using System.Globalization;
using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Jobs;

namespace Sluice.Platform.Tenants.Inside.Organizations;

/// <summary>
/// Has invitations mailed, and bounds how many: what goes to strangers at somebody's word must not become a way to send mail.
/// Whoever calls holds the organization's row.
/// </summary>
internal sealed class InvitationMail(
    IOutbox outbox, IMailGate gate, IOptions<OrganizationsOptions> options, IOptions<TenantsOptions> tenants, TimeProvider time)
{
    public DateTimeOffset Expiry(DateTimeOffset now) => now.AddDays(options.Value.InvitationDays);

    /// <summary>Why no invitation may be made; null where one may.</summary>
    public async Task<Refusal?> Refuse(OrganizationId organization, string email, UnitOfWork work, CancellationToken ct)
    {
        if (gate.Closed is { } closed) return closed;
        var (members, open, invited) = await work.Statement("""
            SELECT
                (SELECT count(*) FROM tenants.members WHERE organization_id = $1),
                count(*), count(*) FILTER (WHERE email = $2)
            FROM tenants.invitations WHERE organization_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL
            """, organization.Value, email)
            .Row(row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ct);
        if (invited > 0) return OrganizationRefusals.Invited;
        if (open >= options.Value.InvitationsMax) return OrganizationRefusals.InvitationsMax(options.Value.InvitationsMax);
        if (members + open >= options.Value.MembersMax) return OrganizationRefusals.MembersMax(options.Value.MembersMax);
        return await TooMany(organization, work, ct);
    }

    /// <summary>The refusal of yet another mail today.</summary>
    public async Task<Refusal?> TooMany(OrganizationId organization, UnitOfWork work, CancellationToken ct)
    {
        if (gate.Closed is { } closed) return closed;
        var sent = await work.Statement("""
            SELECT coalesce(sum(sends), 0)::bigint FROM tenants.invitations WHERE organization_id = $1 AND sent_at > $2
            """, organization.Value, time.GetMicros().AddDays(-1)).Row(row => row.GetInt64(0), ct);
        var most = options.Value.InvitationMailsPerDay;
        return sent >= most ? OrganizationRefusals.MailsMax(most) : null;
    }

    /// <summary>Records that the link is to be mailed.</summary>
    public Task Send(Invitation invitation, string token, UnitOfWork work, CancellationToken ct) => outbox.Record(
        new MailWanted(invitation.Email, MailTemplates.Invitation, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = "",
            ["link"] = new Uri(tenants.Value.PublicUrl, $"invitation?token={token}").ToString(),
            ["expires"] = invitation.ExpiresAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["organization"] = invitation.OrganizationName,
            ["role"] = RoleText.Write(invitation.Role),
        }), work, ct);
}
