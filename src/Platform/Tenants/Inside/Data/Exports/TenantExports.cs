using System.Runtime.CompilerServices;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;
using Sluice.Platform.Tenants.Inside.Organizations.Routes;

namespace Sluice.Platform.Tenants.Inside.Data.Exports;

/// <summary>What this room gives: the organization with its people and tokens, or the person with all ways in.</summary>
internal sealed class TenantExports(
    ITenants tenants, IMembers members, IInvitations invitations, ITokens tokens, PersonExports person) : IExportSource
{
    public IEnumerable<ExportFile> FilesOf(ExportOf whose)
    {
        if (whose.User is { } user) return person.Files(user);
        return whose.Organization is { } organization ? OfOrganization(organization) : [];
    }

    private ExportFile[] OfOrganization(OrganizationId id) =>
    [
        new("organization", "The organization itself.", ExportRows.One(() => tenants.FindOrganization(id))),
        new("members", "Who belongs to it, in which role.", ExportRows.Paged<Member>(async last =>
            (await members.List(id, Actor.System, last?.User)).Granted())),
        new("invitations", "Invitations that are open.", ExportRows.Paged<Invitation>(async last =>
            (await invitations.List(id, Actor.System, last?.Id)).Granted())),
        new("tokens", "Its access tokens, by which one knows them; what opens is kept by nobody.",
            ExportRows.Paged<AccessToken>(async last =>
                (await tokens.List(TokenKind.Organization, id, Actor.System, last?.Id)).Granted())),
    ];
}

/// <summary>What this room keeps of a person.</summary>
internal sealed class PersonExports(
    IUsers users, ITenants tenants, ISessions sessions, ITokens tokens, Memberships memberships, SignInDoors ways)
{
    public ExportFile[] Files(UserId id) =>
    [
        new("account", "The account itself.", ExportRows.One(() => users.Find(id))),
        new("organizations", "Organizations that the person belongs to.", Organizations(id)),
        new("tokens", "Personal access tokens, by which one knows them; what opens is kept by nobody.", Tokens(id)),
        new("sessions", "Where the person is signed in.", Own(id, sessions.List)),
        new("programs", "Programs that act as the person.", Own(id, ways.Grants.List)),
        new("passkeys", "Passkeys.", Own(id, ways.Passkeys.List)),
        new("wallets", "Wallets that sign in.", Own(id, ways.Wallets.List)),
        new("logins", "Logins at identity providers.", Own(id, ways.Logins.List)),
    ];

    private async IAsyncEnumerable<object> Tokens(UserId id, [EnumeratorCancellation] CancellationToken ct = default)
    {
        if (await memberships.Person(id, ct) is not { } self) yield break;
        var rows = ExportRows.Paged<AccessToken>(
            async last => (await tokens.List(TokenKind.Personal, null, self, last?.Id, ct: ct)).Granted());
        await foreach (var row in rows.WithCancellation(ct)) yield return row;
    }

    private async IAsyncEnumerable<object> Organizations(UserId id, [EnumeratorCancellation] CancellationToken ct = default)
    {
        if (await memberships.Person(id, ct) is not { } self) yield break;
        foreach (var organization in self.Memberships.Keys)
        {
            if (await tenants.FindOrganization(organization, ct) is { } found)
                yield return OrganizationBody.Of(found, self);
        }
    }

    private async IAsyncEnumerable<object> Own<T>(
        UserId id, Func<Actor, CancellationToken, Task<IReadOnlyList<T>>> read,
        [EnumeratorCancellation] CancellationToken ct = default) where T : class
    {
        if (await memberships.Person(id, ct) is not { } self) yield break;
        foreach (var one in await read(self, ct)) yield return one;
    }
}

/// <summary>The doors to how people come in.</summary>
internal sealed record SignInDoors(IGrants Grants, IPasskeys Passkeys, IWallets Wallets, ILogins Logins);
