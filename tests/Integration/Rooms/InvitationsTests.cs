using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class InvitationsTests(PostgresCluster postgres) : IAsyncLifetime
{
    private TenantRooms _rooms = null!;
    private OrganizationId _org;
    private Actor _owner = null!;

    public async ValueTask InitializeAsync()
    {
        _rooms = await TenantRooms.Open(postgres);
        (_org, _owner) = await _rooms.Organization();
    }

    public ValueTask DisposeAsync() => _rooms.DisposeAsync();

    [Fact]
    public async Task A_link_works_once_for_the_address_that_it_was_sent_to()
    {
        var invited = (await Invite("New@Example.org")).Value;
        Assert.Equal("new@example.org", invited.Email);
        var mail = Assert.Single(_rooms.Mails.All);
        Assert.Equal((invited.Email, MailTemplates.Invitation, "Acme"), (mail.To, mail.Template, mail.Values["organization"]));
        var token = _rooms.Mails.TokenTo(invited.Email);
        Assert.Equal("Acme", (await _rooms.Invitations.Find(token))!.OrganizationName);

        var stranger = await _rooms.Person();
        Assert.Equal("tenants.invitation-foreign", (await _rooms.Invitations.Accept(token, stranger)).Refusal?.Code);
        Assert.Equal("tenants.invitation-unknown", (await _rooms.Invitations.Accept(invited.Id, stranger)).Refusal?.Code);
        var unverified = await _rooms.Person("new@example.org", verified: false);
        Assert.Equal("access.unverified", (await _rooms.Invitations.Accept(token, unverified)).Refusal?.Code);
        Assert.Empty(await _rooms.Invitations.Mine(unverified));

        var person = await _rooms.Person("new@example.org");
        Assert.Equal(invited.Id, Assert.Single(await _rooms.Invitations.Mine(person)).Id);
        Assert.Equal(OrganizationRole.Developer, (await _rooms.Invitations.Accept(token, person)).Value.Role);
        Assert.Equal(OrganizationRole.Developer, (await _rooms.Now(person)).RoleIn(_org));
        Assert.Equal("tenants.invitation-ended", (await _rooms.Invitations.Accept(token, person)).Refusal?.Code);
        Assert.Empty((await _rooms.Invitations.List(_org, _owner)).Value);
        Assert.Null(await _rooms.Invitations.Find(token));
        Assert.Equal(0, await _rooms.Host.Scalar(
            $"SELECT count(*) FROM tenants.invitations i, audit.events e WHERE i::text LIKE '%{token}%' OR e::text LIKE '%{token}%'"));
    }

    [Fact]
    public async Task A_link_accepted_many_times_at_once_makes_one_member()
    {
        var invited = (await Invite("new@example.org")).Value;
        var token = _rooms.Mails.TokenTo(invited.Email);
        var person = await _rooms.Person("new@example.org");
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _rooms.Invitations.Accept(token, person))));
        Assert.Single(results, one => one.Ok);
    }

    [Fact]
    public async Task An_invitation_ends_by_time_by_revocation_and_by_a_newer_link()
    {
        var person = await _rooms.Person("new@example.org");
        var invited = (await Invite("new@example.org")).Value;
        var first = _rooms.Mails.TokenTo(invited.Email);
        _rooms.Time.Advance(TimeSpan.FromDays(7));
        Assert.Equal("tenants.invitation-ended", (await _rooms.Invitations.Accept(first, person)).Refusal?.Code);
        Assert.Empty(await _rooms.Invitations.Mine(person));
        // Too old, and still to be sent again.
        Assert.Single((await _rooms.Invitations.List(_org, _owner)).Value);
        var again = (await _rooms.Invitations.Resend(invited.Id, _owner)).Value;
        Assert.True(again.ExpiresAt > _rooms.Time.GetUtcNow());
        Assert.Equal("tenants.invitation-ended", (await _rooms.Invitations.Accept(first, person)).Refusal?.Code);
        var second = _rooms.Mails.TokenTo(invited.Email);
        Assert.True((await _rooms.Invitations.Revoke(invited.Id, _owner)).Ok);
        Assert.True((await _rooms.Invitations.Revoke(invited.Id, _owner)).Ok);
        Assert.Equal("tenants.invitation-ended", (await _rooms.Invitations.Accept(second, person)).Refusal?.Code);
        Assert.Equal("tenants.invitation-ended", (await _rooms.Invitations.Resend(invited.Id, _owner)).Refusal?.Code);
        // The address is free for another one.
        Assert.True((await Invite("new@example.org")).Ok);
    }

    [Fact]
    public async Task Invitations_are_bounded()
    {
        Assert.Equal("tenants.member-already", (await Invite(await _rooms.Email(_owner))).Refusal?.Code);
        Assert.Equal("api.field-invalid", (await Invite("nobody")).Refusal?.Code);
        var invited = (await Invite("a@example.org")).Value;
        Assert.Equal("tenants.invitation-open", (await Invite("A@example.org")).Refusal?.Code);
        Assert.True((await Invite("b@example.org")).Ok);
        Assert.True((await Invite("c@example.org")).Ok);
        Assert.Equal("tenants.invitations-max", (await Invite("d@example.org")).Refusal?.Code);
        Assert.True((await _rooms.Invitations.Resend(invited.Id, _owner)).Ok);
        Assert.True((await _rooms.Invitations.Resend(invited.Id, _owner)).Ok);
        var refused = (await _rooms.Invitations.Resend(invited.Id, _owner)).Refusal;
        Assert.Equal(("tenants.invitations-many", 429), (refused?.Code, refused?.Status));
        _rooms.Time.Advance(TimeSpan.FromDays(1));
        Assert.True((await _rooms.Invitations.Resend(invited.Id, _owner)).Ok);
    }

    [Fact]
    public async Task Members_and_open_invitations_together_are_bounded()
    {
        for (var i = 0; i < 4; i++)
        {
            await _rooms.Member(_org, OrganizationRole.Viewer);
            _rooms.Time.Advance(TimeSpan.FromDays(1));
        }
        Assert.True((await Invite("a@example.org")).Ok);
        Assert.Equal("tenants.members-max", (await Invite("b@example.org")).Refusal?.Code);
    }

    [Fact]
    public async Task A_stranger_touches_no_invitation_and_a_suspended_organization_takes_nobody_in()
    {
        var invited = (await Invite("new@example.org")).Value;
        var stranger = (await _rooms.Organization("Other")).Owner;
        Assert.Equal("tenants.invitation-unknown", (await _rooms.Invitations.Revoke(invited.Id, stranger)).Refusal?.Code);
        Assert.Equal("tenants.invitation-unknown", (await _rooms.Invitations.Resend(invited.Id, stranger)).Refusal?.Code);
        Assert.Equal("tenants.organization-unknown", (await _rooms.Invitations.List(_org, stranger)).Refusal?.Code);
        Assert.Equal(
            "tenants.organization-unknown",
            (await _rooms.Invitations.Invite(_org, "x@example.org", OrganizationRole.Viewer, stranger)).Refusal?.Code);
        Assert.True((await _rooms.Tenants.SuspendOrganization(_org, null, Actor.System)).Ok);
        var person = await _rooms.Person("new@example.org");
        Assert.Equal("access.suspended", (await _rooms.Invitations.Accept(invited.Id, person)).Refusal?.Code);
    }

    private Task<Result<Invitation>> Invite(string email) =>
        _rooms.Invitations.Invite(_org, email, OrganizationRole.Developer, _owner);
}
