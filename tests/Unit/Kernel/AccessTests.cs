using System.Collections.Frozen;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Unit.Kernel;

public sealed class AccessTests
{
    private static readonly OrganizationId Mine = WireId.New<OrganizationId>();
    private static readonly OrganizationId Theirs = WireId.New<OrganizationId>();

    [Fact]
    public void Every_permission_stands_in_the_table_once() =>
        Assert.Equal(Enum.GetValues<Permission>().Order(), Access.All.Order());

    [Fact]
    public void The_page_of_roles_says_what_the_table_says()
    {
        List<string> rows = [];
        foreach (var permission in Access.All)
        {
            var held = Access.LevelOf(permission) switch
            {
                PermissionLevel.Organization => Enum.GetValues<OrganizationRole>().Select(role => Access.Has(role, permission)),
                PermissionLevel.Platform =>
                    new[] { PlatformRole.Viewer, PlatformRole.Operator }.Select(role => Access.Has(role, permission)),
                _ => new[] { ActorKind.User, ActorKind.Organization, ActorKind.Operator }.Select(kind => Access.Has(kind, permission)),
            };
            rows.Add($"{Access.Name(permission)}: {string.Join(" ", held.Select(has => has ? "yes" : "–"))}");
        }
        var told = Repository.Find(Repository.Text("docs/roles.md"), @"^(?<name>\| `\w+` \|.*)$").Select(line =>
        {
            var cells = line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries);
            return $"{cells[0].Trim('`')}: {string.Join(" ", cells[2..])}";
        });
        Assert.Equal(rows, told);
    }

    [Fact]
    public void A_role_that_is_higher_has_what_a_viewer_has()
    {
        foreach (var permission in Access.All.Where(one => Access.Has(OrganizationRole.Viewer, one)))
        {
            Assert.True(Access.IsRead(permission), $"a viewer may {permission}");
            Assert.True(Access.Has(OrganizationRole.Admin, permission) && Access.Has(OrganizationRole.Owner, permission));
        }
        foreach (var permission in Access.All.Where(one => Access.LevelOf(one) == PermissionLevel.Organization))
            Assert.True(Access.Has(OrganizationRole.Owner, permission), $"an owner may not {permission}");
    }

    [Fact]
    public void A_platform_viewer_sees_all_and_writes_nothing()
    {
        var viewer = Person(PlatformRole.Viewer);
        foreach (var permission in Access.All)
        {
            if (Access.LevelOf(permission) == PermissionLevel.Organization)
                Assert.Equal(Access.IsRead(permission), viewer.May(permission, Theirs));
            else if (Access.LevelOf(permission) == PermissionLevel.Platform)
                Assert.Equal(Access.IsRead(permission), viewer.May(permission));
        }
        Assert.True(viewer.MaySee(Theirs));
        Assert.False(viewer.IsOperator);
    }

    [Fact]
    public void A_member_has_nothing_elsewhere()
    {
        foreach (var role in Enum.GetValues<OrganizationRole>())
        {
            var member = Person(PlatformRole.None, role);
            Assert.False(member.MaySee(Theirs));
            Assert.All(Access.All, permission => Assert.False(member.May(permission, Theirs)));
            Assert.All(
                Access.All.Where(one => Access.LevelOf(one) == PermissionLevel.Platform),
                permission => Assert.False(member.May(permission)));
        }
    }

    [Fact]
    public void Scopes_take_away_and_never_give() => Prop.ForAll(
        Actors(), ArbMap.Default.ArbFor<Permission[]>(), (actor, scopes) =>
        {
            var narrowed = actor with { Scopes = scopes.ToFrozenSet() };
            return Access.All.All(permission =>
                (!narrowed.May(permission) || (actor.May(permission) && scopes.Contains(permission)))
                && (!narrowed.May(permission, Mine) || (actor.May(permission, Mine) && scopes.Contains(permission)))
                && (!narrowed.MaySomewhere(permission) || actor.MaySomewhere(permission)));
        }).Holds();

    [Fact]
    public void What_may_be_done_in_one_place_may_be_done_somewhere() => Prop.ForAll(Actors(), actor =>
        Access.All.All(permission => !actor.May(permission, Mine) || actor.MaySomewhere(permission))).Holds();

    [Fact]
    public void Suspension_and_an_unverified_address_leave_what_reads() => Prop.ForAll(Actors(), actor =>
    {
        var suspended = actor with { Suspended = FrozenSet.Create(Mine), Platform = PlatformRole.None };
        var unverified = actor with { IsVerified = false };
        return Access.All.All(permission =>
            (actor.Kind != ActorKind.User || Access.StaysInSuspension(permission) || !suspended.May(permission, Mine))
            && (!Access.NeedsVerified(permission) || !(unverified.May(permission) || unverified.May(permission, Mine)))
            && (!Access.IsRead(permission) || unverified.May(permission, Mine) == actor.May(permission, Mine)));
    }).Holds();

    [Fact]
    public void A_suspended_organization_may_be_looked_at_taken_along_and_deleted() => Assert.Equal(
        [Permission.OrganizationDelete, Permission.DataExport],
        Access.All.Where(one => Access.StaysInSuspension(one) && !Access.IsRead(one)));

    [Fact]
    public void Without_the_factor_that_is_demanded_one_looks_after_oneself_alone() => Prop.ForAll(Actors(), actor =>
    {
        var lacks = actor with { LacksFactor = true };
        return Access.All.All(permission => permission is Permission.SelfRead or Permission.SelfWrite or Permission.SelfSecurity
            ? lacks.May(permission) == actor.May(permission)
            : !lacks.May(permission) && !lacks.May(permission, Mine) && !lacks.MaySomewhere(permission));
    }).Holds();

    [Fact]
    public void A_token_has_no_hand_in_the_security_of_its_person()
    {
        var person = Person(PlatformRole.Operator);
        Assert.True(person.May(Permission.SelfSecurity));
        Assert.False((person with { Token = WireId.New<TokenId>() }).May(Permission.SelfSecurity));
        Assert.False(Actor.System.May(Permission.SelfSecurity));
    }

    [Fact]
    public void An_actor_survives_its_principal()
    {
        var actor = Person(PlatformRole.Viewer, OrganizationRole.Billing);
        Assert.Same(actor, Actor.From(actor.ToPrincipal("any")));
        Assert.Same(actor, Actor.From(actor.ToPrincipal("any").Clone()));
        Assert.Null(Actor.From(new System.Security.Claims.ClaimsPrincipal(new System.Security.Claims.ClaimsIdentity("any"))));
    }

    private static Actor Person(PlatformRole platform, OrganizationRole? role = null)
    {
        var user = WireId.New<UserId>();
        Dictionary<OrganizationId, OrganizationRole> memberships = [];
        if (role is { } given) memberships[Mine] = given;
        return new Actor(ActorKind.User, user.ToString(), null) { User = user, Platform = platform, Memberships = memberships };
    }

    private static Arbitrary<Actor> Actors() => Arb.From(Gen.Elements(
    [
        Actor.System, new(ActorKind.Operator, "tok", null), new(ActorKind.Organization, "tok", Mine),
        new(ActorKind.Organization, "tok", Theirs),
        .. from platform in Enum.GetValues<PlatformRole>()
           from role in Enum.GetValues<OrganizationRole>().Select(one => (OrganizationRole?)one).Append(null)
           select Person(platform, role),
    ]));
}
