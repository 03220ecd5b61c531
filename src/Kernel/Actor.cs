using System.Collections.Frozen;
using System.Security.Claims;

namespace Sluice.Kernel;

/// <summary>
/// Who asks: the system itself (local command line), an operator's token, an organization's token, or a person, signed
/// in or by a token of his own. What each may do, <see cref="Access"/> says.
/// </summary>
/// <param name="Kind">What kind of actor it is.</param>
/// <param name="Name">How the trail names it: <c>system</c>, the id of a token, or the id of a user.</param>
/// <param name="Organization">The organization whose own token it is; null for all others.</param>
public sealed record Actor(ActorKind Kind, string Name, OrganizationId? Organization)
{
    /// <summary>What an organization's own token counts as there.</summary>
    public const OrganizationRole TokenRole = OrganizationRole.Admin;

    private static readonly FrozenDictionary<OrganizationId, OrganizationRole> Nowhere =
        FrozenDictionary<OrganizationId, OrganizationRole>.Empty;

    /// <summary>The local command line and the process itself.</summary>
    public static readonly Actor System = new(ActorKind.System, "system", null);

    /// <summary>The person, where it is one.</summary>
    public UserId? User { get; init; }

    /// <summary>The session through which a person came; null for tokens.</summary>
    public SessionId? Session { get; init; }

    /// <summary>The token through which it came; null for sessions and the system.</summary>
    public TokenId? Token { get; init; }

    /// <summary>A person's organizations with the role in each; of a token that is bound to one, that one alone.</summary>
    public IReadOnlyDictionary<OrganizationId, OrganizationRole> Memberships { get; init; } = Nowhere;

    /// <summary>
    /// Those of <see cref="Memberships"/> that are suspended. Members keep what <see cref="Access.StaysInSuspension"/> says.
    /// </summary>
    public IReadOnlySet<OrganizationId> Suspended { get; init; } = FrozenSet<OrganizationId>.Empty;

    public PlatformRole Platform { get; init; } =
        Kind is ActorKind.System or ActorKind.Operator ? PlatformRole.Operator : PlatformRole.None;

    /// <summary>What a token was narrowed to; null where it was not. Scopes take away and never give.</summary>
    public IReadOnlySet<Permission>? Scopes { get; init; }

    /// <summary>
    /// Whether a person proved who he is in the last 15 minutes. Always so for tokens, whose making asked for it, and
    /// for the system.
    /// </summary>
    public bool IsFresh { get; init; } = true;

    /// <summary>Whether the person's address is verified; what is no person needs none.</summary>
    public bool IsVerified { get; init; } = true;

    /// <summary>
    /// Whether the installation demands a second factor that the person has not: then it may look after itself alone.
    /// </summary>
    public bool LacksFactor { get; init; }

    /// <summary>From where it came, for the trail.</summary>
    public Origin? Origin { get; init; }

    /// <summary>An operator without narrowing, of whatever kind.</summary>
    public bool IsOperator => Platform == PlatformRole.Operator && Scopes is null;

    /// <summary>Whether the organization is there for this actor at all: what it may not see answers as not there.</summary>
    public bool MaySee(OrganizationId organization) =>
        Platform != PlatformRole.None
        || (Kind == ActorKind.Organization && Organization == organization)
        || Memberships.ContainsKey(organization);

    /// <summary>Whether it may do this in this organization.</summary>
    public bool May(Permission permission, OrganizationId organization) =>
        Allows(permission)
        && Access.LevelOf(permission) == PermissionLevel.Organization
        && (Access.HasEverywhere(Platform, permission)
            || (RoleIn(organization) is { } role && Access.Has(role, permission)
                && (Access.StaysInSuspension(permission) || !Suspended.Contains(organization))));

    /// <summary>Whether it may do this in the installation, or for itself.</summary>
    public bool May(Permission permission) =>
        Allows(permission)
        && Access.LevelOf(permission) switch
        {
            PermissionLevel.Platform => Access.Has(Platform, permission),
            PermissionLevel.Self => Access.Has(Kind, permission)
                && (permission != Permission.SelfSecurity || Token is null),
            PermissionLevel.Organization => false,
            _ => throw new ArgumentOutOfRangeException(nameof(permission)),
        };

    /// <summary>Whether there may be an organization in which it may do this. What none gives is refused unlooked-at.</summary>
    public bool MaySomewhere(Permission permission) =>
        Access.LevelOf(permission) != PermissionLevel.Organization
            ? May(permission)
            : Allows(permission)
                && (Access.HasEverywhere(Platform, permission)
                    || (Kind == ActorKind.Organization && Access.Has(TokenRole, permission))
                    || Memberships.Any(one => Access.Has(one.Value, permission)));

    /// <summary>The role in an organization; null where it has none there.</summary>
    public OrganizationRole? RoleIn(OrganizationId organization)
    {
        if (Kind == ActorKind.Organization) return Organization == organization ? TokenRole : null;
        return Memberships.TryGetValue(organization, out var role) ? role : null;
    }

    public ClaimsPrincipal ToPrincipal(string scheme) => new(new ActorIdentity(this, scheme));

    /// <summary>Reads the actor back from an authenticated principal; null when there is none.</summary>
    public static Actor? From(ClaimsPrincipal principal)
    {
        foreach (var identity in principal.Identities)
            if (identity is ActorIdentity { Who: var actor }) return actor;
        return null;
    }

    private bool Allows(Permission permission) =>
        (Scopes is null || Scopes.Contains(permission)) && (IsVerified || !Access.NeedsVerified(permission))
        && (!LacksFactor || Access.StaysWithoutFactor(permission));
}

public enum ActorKind
{
    System,
    Operator,
    Organization,
    User,
}

/// <summary>From where a change came. The prefix is the client's network (IPv4 /24, IPv6 /48), not its address.</summary>
public sealed record Origin(string? RequestId, string? IpPrefix, string? Agent)
{
    /// <summary>The live session that the request brought along: signing in takes its place. Null where there is none.</summary>
    public SessionId? Session { get; init; }
}

/// <summary>An actor on its way through authentication: as it is, not taken apart into texts.</summary>
public sealed class ActorIdentity(Actor actor, string scheme)
    : ClaimsIdentity([new Claim(ClaimTypes.Name, actor.Name)], scheme)
{
    public Actor Who { get; } = actor;

    public override ClaimsIdentity Clone() => new ActorIdentity(Who, AuthenticationType!);
}
