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

    /// <summary>Whether the installation has any account.</summary>
    public async Task<bool> AreThere(CancellationToken ct) =>
        DemoProfile.Need(await users.List(Actor.System, null, 1, null, ct)).Count > 0;

    /// <summary>
    /// Makes the accounts that are missing; the consumer owns the organization. Returns what there is now, and a link into each
    /// account that was not suspended meanwhile.
    /// </summary>
    public async Task<(DemoMark Known, DemoLinks Links)> Ensure(
        DemoMark mark, OrganizationId organization, CancellationToken ct)
    {
        var desk = await Account(mark.Operator, OperatorEmail, "Demo operator", PlatformRole.Operator, ct);
        var consumer = await Account(mark.Consumer, ConsumerEmail, "Demo consumer", PlatformRole.None, ct);
        if (mark.Consumer is null) await Join(organization, consumer, ct);
        return (
            mark with { Operator = desk.ToString(), Consumer = consumer.ToString() },
            new DemoLinks(await Link(desk, ct), await Link(consumer, ct)));
    }

    private async Task<UserId> Account(string? known, string email, string name, PlatformRole role, CancellationToken ct)
    {
        if (known is not null && WireId.TryParse<UserId>(known, out var id)) return id;
        // A crash may have come before it was written down. Only the demo proves these addresses.
        var found = DemoProfile.Need(await users.List(Actor.System, null, 10, email, ct));
        return found.FirstOrDefault(user => user.Email == email && user.IsVerified)?.Id
            ?? DemoProfile.Need(await users.Create(new NewUser(email, name, role), Actor.System, ct: ct)).User.Id;
    }

    private async Task<string?> Link(UserId user, CancellationToken ct) =>
        await users.Find(user, ct) is { SuspendedAt: null }
            ? DemoProfile.Need(await users.SignInLink(user, Actor.System, ct))
            : null;

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

/// <summary>One-time sign-in links; not for a log. Null: the account was suspended.</summary>
internal sealed record DemoLinks(string? Operator, string? Consumer);
