using Sluice.Integration.Postgres;
using Sluice.Kernel;
using Sluice.Platform.Tenants;
using Sluice.Platform.Tenants.Inside.Data.Deletions;
using Xunit;

namespace Sluice.Integration.Rooms.Data;

public sealed class DeletionTests(PostgresCluster postgres) : IAsyncLifetime
{
    private TenantRooms _rooms = null!;

    private IDeletions Deletions => _rooms.Host.Get<IDeletions>();

    public async ValueTask InitializeAsync() => _rooms = await TenantRooms.Open(postgres);

    public ValueTask DisposeAsync() => _rooms.DisposeAsync();

    [Fact]
    public async Task A_planned_deletion_shuts_an_organization_until_an_owner_keeps_it()
    {
        var (org, owner) = await _rooms.Organization();
        var token = (await _rooms.Tenants.CreateToken(new(org, "ci", null), owner)).Value.Secret;
        var admin = await _rooms.Member(org, OrganizationRole.Admin);
        Assert.Equal("access.denied", (await Deletions.DeleteOrganization(org, admin)).Refusal?.Code);
        Assert.Equal("tenants.deletion-none", (await Deletions.KeepOrganization(org, owner)).Refusal?.Code);
        Assert.Equal("access.step-up", (await Deletions.DeleteOrganization(org, owner with { IsFresh = false })).Refusal?.Code);

        var planned = (await Deletions.DeleteOrganization(org, owner)).Value;
        Assert.Equal(_rooms.Time.GetUtcNow().AddDays(7), planned.DeleteAt);
        Assert.Equal(planned.DeleteAt, (await Deletions.DeleteOrganization(org, await _rooms.Now(owner))).Value.DeleteAt);
        var mail = Assert.Single(_rooms.Mails.All, one => one.Template == MailTemplates.OrganizationDeletion);
        Assert.Equal(await _rooms.Email(owner), mail.To);
        Assert.Null(await _rooms.Tenants.Authenticate(token));
        owner = await _rooms.Now(owner);
        Assert.Equal("access.suspended", (await _rooms.Tenants.RenameOrganization(org, "New", owner)).Refusal?.Code);
        Assert.True((await _rooms.Host.Get<IExports>().Ask(org, owner)).Ok);

        Assert.Null((await Deletions.KeepOrganization(org, owner with { IsFresh = false })).Value.DeleteAt);
        Assert.NotNull(await _rooms.Tenants.Authenticate(token));
        await Run(new DeleteOrganization(org, planned.DeleteAt!.Value));
        Assert.Equal("Acme", (await _rooms.Tenants.FindOrganization(org))?.Name);
    }

    [Fact]
    public async Task Only_the_job_of_the_time_that_is_planned_deletes()
    {
        var (org, owner) = await _rooms.Organization();
        var first = (await Deletions.DeleteOrganization(org, owner)).Value.DeleteAt!.Value;
        await Deletions.KeepOrganization(org, await _rooms.Now(owner));
        _rooms.Time.Advance(TimeSpan.FromHours(1));
        var second = (await Deletions.DeleteOrganization(org, await _rooms.Now(owner))).Value.DeleteAt!.Value;
        await Run(new DeleteOrganization(org, first));
        Assert.NotNull(await _rooms.Tenants.FindOrganization(org));
        await Run(new DeleteOrganization(org, second));
        Assert.Null(await _rooms.Tenants.FindOrganization(org));
        await Run(new DeleteOrganization(org, second));
        Assert.Single(_rooms.Mails.Others.OfType<OrganizationDeleted>());
    }

    [Fact]
    public async Task Of_a_deleted_organization_an_empty_row_is_left()
    {
        var (org, owner) = await _rooms.Organization("Secret plans");
        var token = (await _rooms.Tenants.CreateToken(new(org, "ci", null), owner)).Value.Secret;
        await _rooms.Invitations.Invite(org, "next@example.org", OrganizationRole.Viewer, owner);
        await _rooms.Host.Get<IExports>().Ask(org, owner);
        var at = (await Deletions.DeleteOrganization(org, owner)).Value.DeleteAt!.Value;
        await Run(new DeleteOrganization(org, at));

        Assert.Equal(org, Assert.Single(_rooms.Mails.Others.OfType<OrganizationDeleted>()).Organization);
        Assert.Null(await _rooms.Tenants.FindOrganization(org));
        Assert.Empty(await _rooms.Tenants.Organizations(Actor.System));
        Assert.Empty((await _rooms.Now(owner)).Memberships);
        Assert.Null(await _rooms.Tenants.Authenticate(token));
        Assert.Equal("tenants.organization-unknown", (await _rooms.Tenants.ResumeOrganization(org, Actor.System)).Refusal?.Code);
        foreach (var table in new[] { "members", "invitations", "tokens", "exports" })
            Assert.Equal(0, await _rooms.Host.Scalar($"SELECT count(*) FROM tenants.{table} WHERE organization_id = '{org.Value}'"));
        Assert.Equal(1, await _rooms.Host.Scalar(
            "SELECT count(*) FROM tenants.organizations WHERE name = 'Deleted organization' AND deleted_at IS NOT NULL AND shut"));
        Assert.Equal(1, await _rooms.Host.Scalar("SELECT count(*) FROM audit.events WHERE action = 'tenants.organization.delete'"));
        // Its name is free again for those who saw it.
        Assert.True((await _rooms.Tenants.CreateOrganization("Secret plans", await _rooms.Now(owner))).Ok);
    }

    [Fact]
    public async Task What_an_operator_suspended_is_the_operators_to_delete()
    {
        var (org, owner) = await _rooms.Organization();
        await _rooms.Tenants.SuspendOrganization(org, "fraud", Actor.System);
        owner = await _rooms.Now(owner);
        Assert.Equal("tenants.organization-suspended", (await Deletions.DeleteOrganization(org, owner)).Refusal?.Code);
        Assert.NotNull((await Deletions.DeleteOrganization(org, Actor.System)).Value.DeleteAt);
        Assert.Equal("tenants.organization-suspended", (await Deletions.KeepOrganization(org, owner)).Refusal?.Code);
        var kept = (await Deletions.KeepOrganization(org, Actor.System)).Value;
        Assert.True(kept is { DeleteAt: null, SuspendedAt: not null });
        Assert.Equal("access.suspended", (await _rooms.Tenants.RenameOrganization(org, "New", await _rooms.Now(owner))).Refusal?.Code);
    }

    [Fact]
    public async Task A_stranger_learns_nothing_of_an_organization()
    {
        var (org, _) = await _rooms.Organization();
        var stranger = await _rooms.Person();
        Assert.Equal("tenants.organization-unknown", (await Deletions.DeleteOrganization(org, stranger)).Refusal?.Code);
        Assert.Equal("tenants.organization-unknown", (await Deletions.KeepOrganization(org, stranger)).Refusal?.Code);
        Assert.Equal("access.denied", (await Deletions.DeleteUser(stranger.User, await _rooms.Person())).Refusal?.Code);
    }

    [Fact]
    public async Task An_account_goes_with_the_organizations_that_nobody_else_belongs_to()
    {
        var (alone, person) = await _rooms.Organization("Mine");
        var (shared, _) = await _rooms.Organization("Ours");
        var email = await _rooms.Email(person);
        await _rooms.Members.ChangeRole(shared, (await Join(shared, person)).User!.Value, OrganizationRole.Admin, Actor.System);
        person = await _rooms.Now(person);
        var belongings = await Deletions.Belongings(person);
        Assert.Equal(alone, Assert.Single(belongings.Alone).Id);
        Assert.Empty(belongings.Led);
        Assert.Equal("access.step-up", (await Deletions.DeleteUser(null, person with { IsFresh = false })).Refusal?.Code);

        var at = (await Deletions.DeleteUser(null, person)).Value.DeleteAt!.Value;
        Assert.Equal(2, (await _rooms.Now(person)).Memberships.Count);
        await Run(new DeleteUser(person.User!.Value, at));

        Assert.Null(await _rooms.Host.Get<IUsers>().Find(person.User.Value));
        Assert.Null(await _rooms.Tenants.FindOrganization(alone));
        Assert.NotNull(await _rooms.Tenants.FindOrganization(shared));
        Assert.Single((await _rooms.Members.List(shared, Actor.System)).Value);
        Assert.Equal((person.User.Value, email), _rooms.Mails.Others.OfType<UserDeleted>().Select(one => (one.User, one.Email)).Single());
        Assert.Equal(email, _rooms.Mails.All.Single(one => one.Template == MailTemplates.AccountDeleted).To);
        Assert.Equal(0, await _rooms.Host.Scalar($"SELECT count(*) FROM tenants.users WHERE email = '{email}'"));
        // The address is free again, and what comes of it is another account.
        Assert.NotEqual(person.User, (await _rooms.Person(email)).User);
    }

    [Fact]
    public async Task Who_alone_leads_others_hands_over_before_going()
    {
        var (org, owner) = await _rooms.Organization("Led");
        var member = await _rooms.Member(org, OrganizationRole.Developer);
        var refused = (await Deletions.DeleteUser(null, owner)).Refusal;
        Assert.Equal("tenants.owner-last", refused?.Code);
        Assert.Contains("Led", refused!.Message, StringComparison.Ordinal);
        Assert.Equal(org, Assert.Single((await Deletions.Belongings(owner)).Led).Id);
        await _rooms.Members.Transfer(org, member.User!.Value, owner);
        Assert.True((await Deletions.DeleteUser(null, await _rooms.Now(owner))).Ok);
    }

    [Fact]
    public async Task Who_came_to_lead_others_meanwhile_is_kept_and_told()
    {
        var (org, owner) = await _rooms.Organization("Left behind");
        var member = await _rooms.Member(org, OrganizationRole.Admin);
        var at = (await Deletions.DeleteUser(null, member)).Value.DeleteAt!.Value;
        await _rooms.Members.Transfer(org, member.User!.Value, owner);
        await Run(new DeleteUser(member.User.Value, at));
        Assert.Null((await _rooms.Host.Get<IUsers>().Find(member.User.Value))!.DeleteAt);
        Assert.Contains(
            "Left behind", _rooms.Mails.All.Single(one => one.Template == MailTemplates.AccountKept).Values["why"],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_without_the_right_to_delete_takes_no_organization_along()
    {
        var org = (await _rooms.Tenants.CreateOrganization("Nobody's", Actor.System)).Value.Id;
        var viewer = await _rooms.Member(org, OrganizationRole.Viewer);
        var at = (await Deletions.DeleteUser(null, viewer)).Value.DeleteAt!.Value;
        await Run(new DeleteUser(viewer.User!.Value, at));
        Assert.NotNull(await _rooms.Tenants.FindOrganization(org));
        Assert.Empty((await _rooms.Members.List(org, Actor.System)).Value);
    }

    [Fact]
    public async Task Two_owners_who_go_at_once_leave_no_organization_without_one()
    {
        for (var round = 0; round < 5; round++)
        {
            var (org, first) = await _rooms.Organization($"Both {round}");
            var second = await _rooms.Member(org, OrganizationRole.Admin);
            await _rooms.Members.ChangeRole(org, second.User!.Value, OrganizationRole.Owner, Actor.System);
            await _rooms.Member(org, OrganizationRole.Viewer);
            var plans = new List<DeleteUser>();
            foreach (var one in new[] { first, second })
                plans.Add(new(one.User!.Value, (await Deletions.DeleteUser(null, await _rooms.Now(one))).Value.DeleteAt!.Value));
            await Task.WhenAll(plans.Select(plan => Task.Run(() => Run(plan))));
            Assert.Single((await _rooms.Members.List(org, Actor.System)).Value, one => one.Role == OrganizationRole.Owner);
        }
    }

    [Fact]
    public async Task Suspending_takes_a_deletion_back_and_an_account_cannot_take_the_organization_along()
    {
        var (org, owner) = await _rooms.Organization();
        var at = (await Deletions.DeleteOrganization(org, owner)).Value.DeleteAt!.Value;
        Assert.Null((await _rooms.Tenants.SuspendOrganization(org, "fraud", Actor.System)).Value.DeleteAt);
        await Run(new DeleteOrganization(org, at));
        Assert.NotNull(await _rooms.Tenants.FindOrganization(org));
        Assert.Equal("tenants.organization-suspended", (await Deletions.DeleteUser(null, await _rooms.Now(owner))).Refusal?.Code);
    }

    [Fact]
    public async Task Plans_are_bounded_as_mails_are()
    {
        var person = await _rooms.Person();
        Refusal? refused = null;
        for (var i = 0; i < 50 && refused is null; i++)
        {
            var planned = await Deletions.DeleteUser(null, person);
            if (planned.Ok) await Deletions.KeepUser(null, person);
            else refused = planned.Refusal;
        }
        Assert.Equal(("auth.too-many", 429), (refused?.Code, refused?.Status));
    }

    [Fact]
    public async Task A_deletion_that_was_not_done_is_begun_anew()
    {
        var (org, owner) = await _rooms.Organization();
        var planned = await Deletions.DeleteOrganization(org, owner);
        await _rooms.Host.Scalar("WITH gone AS (DELETE FROM jobs.live RETURNING 1) SELECT count(*) FROM gone");
        await _rooms.Host.Get<OverdueDeletions>().Handle(new FindOverdue(), new OneRun(), CancellationToken.None);
        Assert.Equal(0, await _rooms.Host.Scalar("SELECT count(*) FROM jobs.live"));
        _rooms.Time.Advance(TimeSpan.FromDays(8));
        for (var i = 0; i < 2; i++)
            await _rooms.Host.Get<OverdueDeletions>().Handle(new FindOverdue(), new OneRun(), CancellationToken.None);
        Assert.Equal(1, await _rooms.Host.Scalar("SELECT count(*) FROM jobs.live"));
        Assert.True(planned.Ok);
    }

    [Fact]
    public async Task The_last_operator_stays()
    {
        var ops = await _rooms.Person(platform: "operator");
        Assert.Equal("tenants.operator-last", (await Deletions.DeleteUser(null, ops)).Refusal?.Code);
        await _rooms.Person(platform: "operator");
        Assert.True((await Deletions.DeleteUser(ops.User, Actor.System)).Ok);
        Assert.Null((await Deletions.KeepUser(ops.User, Actor.System)).Value.DeleteAt);
    }

    private async Task<Actor> Join(OrganizationId organization, Actor person)
    {
        var invited = await _rooms.Invitations.Invite(
            organization, await _rooms.Email(person), OrganizationRole.Viewer, Actor.System);
        Assert.True((await _rooms.Invitations.Accept(invited.Value.Id, person)).Ok);
        return await _rooms.Now(person);
    }

    private async Task Run(DeleteOrganization arguments)
    {
        var run = new OneRun();
        await _rooms.Host.Get<DeleteOrganizationJob>().Handle(arguments, run, CancellationToken.None);
        Assert.True(run.IsComplete);
    }

    private async Task Run(DeleteUser arguments)
    {
        var run = new OneRun();
        await _rooms.Host.Get<DeleteUserJob>().Handle(arguments, run, CancellationToken.None);
        Assert.True(run.IsComplete);
    }
}
