using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Xunit;

namespace Sluice.Integration.Rooms;

public sealed class MembersTests(PostgresCluster postgres) : IAsyncLifetime
{
    private TenantRooms _rooms = null!;

    public async ValueTask InitializeAsync() => _rooms = await TenantRooms.Open(postgres);

    public ValueTask DisposeAsync() => _rooms.DisposeAsync();

    [Fact]
    public async Task Who_creates_an_organization_owns_it_and_owns_so_many_at_most()
    {
        var unverified = await _rooms.Person(verified: false);
        Assert.Equal("access.unverified", (await _rooms.Tenants.CreateOrganization("A", unverified)).Refusal?.Code);
        var person = await _rooms.Person();
        for (var i = 0; i < 3; i++)
        {
            var made = (await _rooms.Tenants.CreateOrganization($"Acme {i}", person)).Value;
            person = await _rooms.Now(person);
            Assert.Equal(OrganizationRole.Owner, person.RoleIn(made.Id));
            var member = Assert.Single((await _rooms.Members.List(made.Id, person)).Value);
            Assert.Equal((person.User, OrganizationRole.Owner), (member.User, member.Role));
        }
        Assert.Equal("tenants.organizations-max", (await _rooms.Tenants.CreateOrganization("More", person)).Refusal?.Code);
        Assert.Equal(3, (await _rooms.Tenants.Organizations(person)).Count);
    }

    [Fact]
    public async Task Names_are_told_to_who_sees_the_people()
    {
        var (organization, owner) = await _rooms.Organization();
        var member = await _rooms.Member(organization, OrganizationRole.Viewer);
        var stranger = await _rooms.Person();
        var all = new[] { owner, member, stranger }.Select(one => one.User!.Value).Append(WireId.New<UserId>()).ToArray();
        async Task<UserId[]> Seen(Actor actor) =>
            [.. (await _rooms.Host.Get<IUsers>().NamesOf(all, actor)).Keys.OrderBy(one => Array.IndexOf(all, one))];

        Assert.Equal(all[..2], await Seen(await _rooms.Now(owner)));
        Assert.Equal(all[..2], await Seen(await _rooms.Now(member)));
        Assert.Equal([stranger.User!.Value], await Seen(stranger));
        Assert.Equal(all[..3], await Seen(await _rooms.Person(platform: "viewer")));
        Assert.Equal(all[..3], await Seen(Actor.System));
        Assert.Equal("Somebody", (await _rooms.Host.Get<IUsers>().NamesOf(all, Actor.System))[all[0]]);
        Assert.Empty(await _rooms.Host.Get<IUsers>().NamesOf([], Actor.System));
        // Who left is an id again.
        Assert.True((await _rooms.Members.Remove(organization, member.User!.Value, Actor.System)).Ok);
        Assert.Equal(all[..1], await Seen(await _rooms.Now(owner)));
    }

    [Fact]
    public async Task Many_creations_of_one_person_at_once_keep_the_limit()
    {
        var person = await _rooms.Person();
        var made = await Task.WhenAll(Enumerable.Range(0, 12).Select(
            i => Task.Run(() => _rooms.Tenants.CreateOrganization($"Acme {i}", person))));
        Assert.Equal(3, made.Count(one => one.Ok));
    }

    [Fact]
    public async Task A_name_is_taken_for_those_who_see_the_other()
    {
        var (first, owner) = await _rooms.Organization("Acme");
        Assert.Equal("tenants.name-taken", (await _rooms.Tenants.CreateOrganization("ACME", owner)).Refusal?.Code);
        var (second, _) = await _rooms.Organization("Acme");
        Assert.NotEqual(first, second);
        Assert.Equal("tenants.name-taken", (await _rooms.Tenants.CreateOrganization("acme", Actor.System)).Refusal?.Code);
        Assert.Equal("Better", (await _rooms.Tenants.RenameOrganization(first, " Better ", owner)).Value.Name);
        var again = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => Task.Run(() => _rooms.Tenants.CreateOrganization("Twin", Actor.System))));
        Assert.Single(again, one => one.Ok);
    }

    [Fact]
    public async Task An_admin_makes_and_unmakes_no_owners()
    {
        var (org, owner) = await _rooms.Organization();
        var admin = await _rooms.Member(org, OrganizationRole.Admin);
        var other = await _rooms.Member(org, OrganizationRole.Viewer);
        var viewer = other.User!.Value;
        Assert.Equal(OrganizationRole.Developer, (await _rooms.Members.ChangeRole(org, viewer, OrganizationRole.Developer, admin)).Value.Role);
        foreach (var refused in new[]
        {
            (await _rooms.Members.ChangeRole(org, viewer, OrganizationRole.Owner, admin)).Refusal,
            (await _rooms.Members.ChangeRole(org, owner.User!.Value, OrganizationRole.Admin, admin)).Refusal,
            (await _rooms.Members.Remove(org, owner.User!.Value, admin)).Refusal,
            (await _rooms.Members.Transfer(org, admin.User!.Value, admin)).Refusal,
            (await _rooms.Invitations.Invite(org, "new@example.org", OrganizationRole.Owner, admin)).Refusal,
        })
        {
            Assert.Equal("access.denied", refused?.Code);
            Assert.Contains("ownersWrite", refused!.Message, StringComparison.Ordinal);
        }
        Assert.Equal("access.denied", (await _rooms.Members.ChangeRole(org, viewer, OrganizationRole.Admin, await _rooms.Now(other))).Refusal?.Code);
        Assert.True((await _rooms.Members.ChangeRole(org, viewer, OrganizationRole.Owner, owner)).Ok);
        Assert.True((await _rooms.Members.ChangeRole(org, viewer, OrganizationRole.Viewer, owner)).Ok);
        Assert.True((await _rooms.Members.Remove(org, viewer, admin)).Ok);
        Assert.Equal("tenants.member-unknown", (await _rooms.Members.Remove(org, viewer, admin)).Refusal?.Code);
    }

    [Fact]
    public async Task The_last_owner_stays()
    {
        var (org, owner) = await _rooms.Organization();
        var self = owner.User!.Value;
        Assert.Equal("tenants.owner-last", (await _rooms.Members.ChangeRole(org, self, OrganizationRole.Admin, owner)).Refusal?.Code);
        Assert.Equal("tenants.owner-last", (await _rooms.Members.Leave(org, owner)).Refusal?.Code);
        Assert.Equal("tenants.owner-last", (await _rooms.Members.Remove(org, self, Actor.System)).Refusal?.Code);
        Assert.Equal("tenants.owner-last", (await _rooms.Members.ChangeRole(org, self, OrganizationRole.Viewer, Actor.System)).Refusal?.Code);
    }

    [Fact]
    public async Task Roles_change_with_a_fresh_session_only()
    {
        var (org, owner) = await _rooms.Organization();
        var member = await _rooms.Member(org, OrganizationRole.Viewer);
        var stale = owner with { IsFresh = false };
        foreach (var refused in new[]
        {
            (await _rooms.Members.ChangeRole(org, member.User!.Value, OrganizationRole.Admin, stale)).Refusal,
            (await _rooms.Members.Remove(org, member.User!.Value, stale)).Refusal,
            (await _rooms.Members.Transfer(org, member.User!.Value, stale)).Refusal,
            (await _rooms.Invitations.Invite(org, "new@example.org", OrganizationRole.Viewer, stale)).Refusal,
        }) Assert.Equal("access.step-up", refused?.Code);
        Assert.True((await _rooms.Members.List(org, stale)).Ok);
    }

    [Fact]
    public async Task Ownership_is_handed_over_to_a_member()
    {
        var (org, owner) = await _rooms.Organization();
        var next = await _rooms.Member(org, OrganizationRole.Developer);
        Assert.Equal("tenants.member-unknown", (await _rooms.Members.Transfer(org, WireId.New<UserId>(), owner)).Refusal?.Code);
        Assert.Equal(OrganizationRole.Owner, (await _rooms.Members.Transfer(org, next.User!.Value, owner)).Value.Role);
        Assert.Equal(OrganizationRole.Admin, (await _rooms.Now(owner)).RoleIn(org));
        Assert.Equal(OrganizationRole.Owner, (await _rooms.Now(next)).RoleIn(org));
        // What the former owner remembers of itself gives it nothing.
        Assert.Equal("access.denied", (await _rooms.Members.Transfer(org, owner.User!.Value, owner)).Refusal?.Code);
        // An operator settles who the one owner is.
        var third = await _rooms.Member(org, OrganizationRole.Owner);
        Assert.True((await _rooms.Members.Transfer(org, owner.User!.Value, Actor.System)).Ok);
        Assert.Equal(OrganizationRole.Admin, (await _rooms.Now(third)).RoleIn(org));
        Assert.Equal(1, await _rooms.Host.Scalar("SELECT count(*) FROM tenants.members WHERE role = 'owner'"));
    }

    [Fact]
    public async Task Two_owners_who_demote_each_other_at_once_leave_one()
    {
        for (var round = 0; round < 10; round++)
        {
            var (org, first) = await _rooms.Organization($"Round {round}");
            var second = await _rooms.Member(org, OrganizationRole.Owner);
            var (a, b) = (first.User!.Value, second.User!.Value);
            var results = await Task.WhenAll(
                Task.Run(() => _rooms.Members.ChangeRole(org, b, OrganizationRole.Viewer, first)),
                Task.Run(() => _rooms.Members.ChangeRole(org, a, OrganizationRole.Viewer, second)));
            Assert.Single(results, one => one.Ok);
            Assert.Equal(1, await _rooms.Host.Scalar(
                $"SELECT count(*) FROM tenants.members WHERE role = 'owner' AND organization_id = '{org.Value}'"));
        }
    }

    [Fact]
    public async Task An_organization_keeps_an_owner_whatever_its_members_do_at_once()
    {
        var (org, first) = await _rooms.Organization();
        List<Actor> people = [first];
        for (var i = 0; i < 3; i++) people.Add(await _rooms.Member(org, OrganizationRole.Owner));
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var acts = people.Select(actor => (
                Actor: actor, Whom: people[random.Next(people.Count)].User!.Value, Role: (OrganizationRole)random.Next(5),
                Kind: random.Next(3))).ToList();
            await Task.WhenAll(acts.Select(act => Task.Run(async () =>
            {
                if (act.Kind == 0) await _rooms.Members.Transfer(org, act.Whom, act.Actor);
                else if (act.Kind == 1) await _rooms.Members.ChangeRole(org, act.Whom, act.Role, act.Actor);
                else await _rooms.Members.ChangeRole(org, act.Whom, OrganizationRole.Viewer, act.Actor);
            })));
            var owners = await _rooms.Host.Scalar("SELECT count(*) FROM tenants.members WHERE role = 'owner'");
            Assert.True(owners >= 1, $"no owner is left, seed {seed}");
            // Somebody must be able to go on.
            for (var i = 0; i < people.Count; i++) people[i] = await _rooms.Now(people[i]);
            var owner = people.First(one => one.RoleIn(org) == OrganizationRole.Owner);
            await _rooms.Members.ChangeRole(org, people[random.Next(people.Count)].User!.Value, OrganizationRole.Owner, owner);
            for (var i = 0; i < people.Count; i++) people[i] = await _rooms.Now(people[i]);
        }
    }

    [Fact]
    public async Task Who_left_or_was_removed_sees_nothing_any_more()
    {
        var (org, owner) = await _rooms.Organization();
        var gone = await _rooms.Member(org, OrganizationRole.Developer);
        Assert.True((await _rooms.Members.Leave(org, gone)).Ok);
        gone = await _rooms.Now(gone);
        Assert.False(gone.MaySee(org));
        Assert.Equal("tenants.organization-unknown", (await _rooms.Members.List(org, gone)).Refusal?.Code);
        Assert.Equal("tenants.organization-unknown", (await _rooms.Members.Leave(org, gone)).Refusal?.Code);
        Assert.Empty(await _rooms.Tenants.Organizations(gone));
        Assert.Equal(1, await _rooms.Host.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.member.leave'"));
        Assert.Single((await _rooms.Members.List(org, owner)).Value);
    }

    [Fact]
    public async Task A_suspended_organization_is_looked_at_and_not_changed_and_its_tokens_open_nothing()
    {
        var (org, owner) = await _rooms.Organization();
        var member = await _rooms.Member(org, OrganizationRole.Viewer);
        var token = (await _rooms.Tenants.CreateToken(new(org, "ci", null), owner)).Value.Secret;
        Assert.Equal("access.denied", (await _rooms.Tenants.SuspendOrganization(org, null, owner)).Refusal?.Code);
        Assert.NotNull((await _rooms.Tenants.SuspendOrganization(org, "unpaid", Actor.System)).Value.SuspendedAt);
        Assert.True((await _rooms.Tenants.SuspendOrganization(org, null, Actor.System)).Ok);
        Assert.Null(await _rooms.Tenants.Authenticate(token));
        owner = await _rooms.Now(owner);
        Assert.True((await _rooms.Members.List(org, owner)).Ok);
        Assert.Equal("access.suspended", (await _rooms.Members.Remove(org, member.User!.Value, owner)).Refusal?.Code);
        Assert.Equal("access.suspended", (await _rooms.Tenants.RenameOrganization(org, "New", owner)).Refusal?.Code);
        Assert.True((await _rooms.Members.ChangeRole(org, member.User!.Value, OrganizationRole.Admin, Actor.System)).Ok);
        Assert.Null((await _rooms.Tenants.ResumeOrganization(org, Actor.System)).Value.SuspendedAt);
        Assert.NotNull(await _rooms.Tenants.Authenticate(token));
        Assert.True((await _rooms.Members.Remove(org, member.User!.Value, await _rooms.Now(owner))).Ok);
        Assert.Equal(1, await _rooms.Host.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.organization.suspend'"));
    }
}
