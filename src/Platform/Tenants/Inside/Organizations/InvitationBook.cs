using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Users;

namespace Sluice.Platform.Tenants.Inside.Organizations;

internal sealed class InvitationBook(
    NpgsqlDataSource source, IUnitsOfWork units, InvitationMail mail, MemberBook members, TenantTrail trail,
    TimeProvider time) : IInvitations
{
    public const int PageMax = 200;

    private const string Select = """
        SELECT i.id, i.organization_id, o.name, i.email, i.role, i.invited_by, i.created_at, i.sent_at, i.expires_at
        FROM tenants.invitations i JOIN tenants.organizations o ON o.id = i.organization_id
        WHERE i.accepted_at IS NULL AND i.revoked_at IS NULL
        """;

    public Task<Result<Invitation>> Invite(
        OrganizationId organization, string email, OrganizationRole role, Actor actor, UnitOfWork? work = null,
        CancellationToken ct = default) => units.Write<Invitation>(work, async work =>
        {
            var address = EmailAddress.Check(email);
            if (!address.Ok) return address.Refusal;
            var entered = await MemberBook.Enter(organization, actor, Permission.MembersWrite, work, ct);
            if (!entered.Ok) return entered.Refusal;
            if (role == OrganizationRole.Owner && MemberBook.MayOwners(entered.Value, organization) is { } closed)
                return closed;
            if (await IsMember(organization, address.Value, work, ct)) return OrganizationRefusals.Already;
            if (await mail.Refuse(organization, address.Value, work, ct) is { } full) return full;

            var now = time.GetMicros();
            var invitation = new Invitation(
                WireId.New<InvitationId>(), organization, (await OrganizationBook.Find(organization, work, ct))!.Name,
                address.Value, role, actor.User, now, now, mail.Expiry(now));
            var token = SecretText.New();
            await work.Execute("""
                INSERT INTO tenants.invitations (
                    id, organization_id, email, role, hash, invited_by, created_at, sent_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6::uuid, $7, $7, $8)
                """,
                [
                    invitation.Id.Value, organization.Value, invitation.Email, RoleText.Write(role), SecretText.Hash(token),
                    actor.User?.Value, now, invitation.ExpiresAt,
                ], ct);
            await mail.Send(invitation, token, work, ct);
            await Record(work, actor, "create", invitation, null, new { invitation.Email, invitation.Role }, ct);
            return invitation;
        }, ct);

    public async Task<Result<IReadOnlyList<Invitation>>> List(
        OrganizationId organization, Actor actor, InvitationId? after = null, int limit = PageMax,
        CancellationToken ct = default)
    {
        var unknown = Refusals.NoOrganization(organization.ToString());
        if (actor.Check(Permission.MembersRead, organization, unknown) is { } closed) return closed;
        if (await members.Exists(organization, ct) is false) return unknown;
        await trail.Read(actor, "tenants.invitations.read", "all", organization, ct);
        return await source.Statement(
            $"{Select} AND i.organization_id = $1 AND ($2::uuid IS NULL OR i.id > $2) ORDER BY i.id LIMIT $3",
            organization.Value, after?.Value, Math.Clamp(limit, 1, PageMax + 1)).Rows(Read, ct);
    }

    public async Task<IReadOnlyList<Invitation>> Mine(Actor actor, CancellationToken ct = default)
    {
        if (actor.User is not { } user || !actor.May(Permission.SelfRead)) return [];
        return await source.Statement($"""
            {Select} AND i.expires_at > $2 AND i.email = (SELECT email_key FROM tenants.users WHERE id = $1)
            ORDER BY i.id LIMIT $3
            """, user.Value, time.GetMicros(), PageMax).Rows(Read, ct);
    }

    public async Task<Invitation?> Find(string token, CancellationToken ct = default) => SecretText.Hash(token) is { } hash
        ? await source.Statement($"{Select} AND i.hash = $1 AND i.expires_at > $2", hash, time.GetMicros()).Row(Read, ct)
        : null;

    public Task<Result<Invitation>> Resend(
        InvitationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Change<Invitation>(id, actor, OrganizationRefusals.InvitationEnded, work, async (invitation, work) =>
        {
            if (await mail.TooMany(invitation.Organization, work, ct) is { } full) return full;
            var now = time.GetMicros();
            var token = SecretText.New();
            var sent = invitation with { SentAt = now, ExpiresAt = mail.Expiry(now) };
            await work.Execute("""
                UPDATE tenants.invitations SET hash = $2, sent_at = $3, sends = sends + 1, expires_at = $4 WHERE id = $1
                """, [id.Value, SecretText.Hash(token), now, sent.ExpiresAt], ct);
            await mail.Send(sent, token, work, ct);
            await Record(work, actor, "resend", sent, new { invitation.ExpiresAt }, new { sent.ExpiresAt }, ct);
            return sent;
        }, ct);

    public Task<Result<Done>> Revoke(
        InvitationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        Change<Done>(id, actor, new Done(), work, async (invitation, work) =>
        {
            await work.Execute(
                "UPDATE tenants.invitations SET revoked_at = $2 WHERE id = $1", [id.Value, time.GetMicros()], ct);
            await Record(work, actor, "revoke", invitation, new { invitation.Email, invitation.Role }, null, ct);
            return new Done();
        }, ct);

    public Task<Result<Member>> Accept(string token, Actor actor, UnitOfWork? work = null, CancellationToken ct = default) =>
        SecretText.Hash(token) is { } hash
            ? Join(
                "i.hash = $1", hash, OrganizationRefusals.InvitationEnded, OrganizationRefusals.InvitationForeign, actor,
                work, ct)
            : Task.FromResult<Result<Member>>(OrganizationRefusals.InvitationEnded);

    public Task<Result<Member>> Accept(
        InvitationId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default)
    {
        // By its id alone an invitation to somebody else is not there.
        var unknown = OrganizationRefusals.NoInvitation(id.ToString());
        return Join("i.id = $1", id.Value, unknown, unknown, actor, work, ct);
    }

    private Task<Result<Member>> Join(
        string which, object value, Refusal ended, Refusal foreign, Actor actor, UnitOfWork? given, CancellationToken ct) =>
        units.Write<Member>(given, async work =>
        {
            if (actor.Check(Permission.OrganizationsJoin) is { } closed) return closed;
            var seen = await work.Statement($"{Select} AND {which}", value).Row(Read, ct);
            // The organization first, as everywhere; then what the invitation is now.
            if (seen is null || await OrganizationBook.Lock(seen.Organization, work, ct) is not { } organization) return ended;
            var invitation = await work.Statement(
                $"{Select} AND {which} AND i.expires_at > $2 FOR UPDATE OF i", value, time.GetMicros()).Row(Read, ct);
            if (invitation is null) return ended;
            var person = await work.Statement(
                "SELECT email_key FROM tenants.users WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE", actor.User!.Value.Value)
                .Row(row => row.Optional<string>(0), ct);
            if (person != invitation.Email) return foreign;
            if (organization.IsShut) return Refusals.Suspended;
            if (await MemberBook.Find(organization.Id, actor.User.Value, work, ct) is not null)
                return OrganizationRefusals.Already;

            await work.Execute(
                "UPDATE tenants.invitations SET accepted_at = $2 WHERE id = $1",
                [invitation.Id.Value, time.GetMicros()], ct);
            var member = await members.Add(organization.Id, actor.User.Value, invitation.Role, work, ct);
            await Record(work, actor, "accept", invitation, null, new { member.User, member.Role }, ct);
            return member;
        }, ct);

    private Task<Result<T>> Change<T>(
        InvitationId id, Actor actor, Result<T> ended, UnitOfWork? given,
        Func<Invitation, UnitOfWork, Task<Result<T>>> verb, CancellationToken ct) => units.Write<T>(given, async work =>
        {
            var unknown = OrganizationRefusals.NoInvitation(id.ToString());
            var organization = await work.Statement(
                "SELECT organization_id FROM tenants.invitations WHERE id = $1", id.Value)
                .Row(row => new OrganizationId(row.GetGuid(0)), ct);
            if (organization == default || !actor.MaySee(organization)) return unknown;
            var entered = await MemberBook.Enter(organization, actor, Permission.MembersWrite, work, ct);
            if (!entered.Ok) return entered.Refusal;
            var invitation = await work.Statement($"{Select} AND i.id = $1", id.Value).Row(Read, ct);
            if (invitation is null) return ended;
            if (invitation.Role == OrganizationRole.Owner
                && MemberBook.MayOwners(entered.Value, invitation.Organization) is { } closed) return closed;
            return await verb(invitation, work);
        }, ct);

    private static async Task<bool> IsMember(
        OrganizationId organization, string email, UnitOfWork work, CancellationToken ct) => await work.Statement("""
            SELECT true FROM tenants.members m JOIN tenants.users u ON u.id = m.user_id
            WHERE m.organization_id = $1 AND u.email_key = $2
            """, organization.Value, email).Row(row => row.GetBoolean(0), ct);

    private Task Record(
        UnitOfWork work, Actor actor, string verb, Invitation invitation, object? before, object? after, CancellationToken ct) =>
        trail.Record(
            work, actor, $"tenants.invitation.{verb}", invitation.Id.ToString(), invitation.Organization, before, after, ct);

    private static Invitation Read(NpgsqlDataReader row) => new(
        new InvitationId(row.GetGuid(0)), new OrganizationId(row.GetGuid(1)), row.GetString(2), row.GetString(3),
        RoleText.Read(row.GetString(4)), row.Optional<Guid?>(5) is { } by ? new UserId(by) : null,
        row.GetFieldValue<DateTimeOffset>(6), row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<DateTimeOffset>(8));
}
