using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Demo;

/// <summary>
/// An operator and a consumer to look around with. Neither has a password: each start makes a link into each account, which
/// works once, for one hour, and is told on the console alone.
/// </summary>
internal sealed class DemoPeople(IUsers users, IMembers members, IInvitations invitations)
{
    // A reserved domain (RFC 2606): nobody else can own these addresses.
    private const string OperatorEmail = "operator@demo.example";
    private const string ConsumerEmail = "consumer@demo.example";

    /// <summary>Makes the accounts that are missing; the consumer owns the organization.</summary>
    public async Task<DemoLinks> Ensure(OrganizationId organization, CancellationToken ct)
    {
        var desk = await Account(OperatorEmail, "Demo operator", PlatformRole.Operator, ct);
        var consumer = await Account(ConsumerEmail, "Demo consumer", PlatformRole.None, ct);
        await Join(organization, consumer, ct);
        return new DemoLinks(
            DemoProfile.Need(await users.SignInLink(desk, Actor.System, ct)),
            DemoProfile.Need(await users.SignInLink(consumer, Actor.System, ct)));
    }

    private async Task<UserId> Account(string email, string name, PlatformRole role, CancellationToken ct)
    {
        var found = DemoProfile.Need(await users.List(Actor.System, null, 10, email, ct));
        return found.FirstOrDefault(user => user.Email == email)?.Id
            ?? DemoProfile.Need(await users.Create(new NewUser(email, name, role), Actor.System, ct)).User.Id;
    }

    private async Task Join(OrganizationId organization, UserId user, CancellationToken ct)
    {
        var present = DemoProfile.Need(await members.List(organization, Actor.System, null, 200, ct));
        if (present.Any(member => member.User == user)) return;
        var person = new Actor(ActorKind.User, user.ToString(), null) { User = user };
        // A crash in between left the invitation open.
        var open = (await invitations.Mine(person, ct)).FirstOrDefault(one => one.Organization == organization)
            ?? DemoProfile.Need(await invitations.Invite(
                organization, ConsumerEmail, OrganizationRole.Owner, Actor.System, null, ct));
        DemoProfile.Need(await invitations.Accept(open.Id, person, null, ct));
    }
}

/// <summary>One-time sign-in links; not for a log.</summary>
internal sealed record DemoLinks(string Operator, string Consumer);
