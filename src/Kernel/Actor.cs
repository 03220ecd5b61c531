using System.Security.Claims;

namespace Sluice.Kernel;

/// <summary>
/// Who asks: the system itself (local command line), an operator's token, or an organization's token. An actor
/// of an organization sees and changes that organization only.
/// </summary>
public sealed record Actor(ActorKind Kind, string Name, OrganizationId? Organization)
{
    public const string OrganizationClaim = "sluice:organization";
    public const string KindClaim = "sluice:kind";

    /// <summary>The local command line and the process itself.</summary>
    public static readonly Actor System = new(ActorKind.System, "system", null);

    public bool IsOperator => Kind is ActorKind.System or ActorKind.Operator;

    public bool MaySee(OrganizationId organization) => IsOperator || Organization == organization;

    public ClaimsPrincipal ToPrincipal(string scheme)
    {
        List<Claim> claims = [new(ClaimTypes.Name, Name), new(KindClaim, Kind.ToString())];
        if (Organization is { } organization) claims.Add(new(OrganizationClaim, organization.ToString()));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme));
    }

    /// <summary>Reads the actor back from an authenticated principal; null when there is none.</summary>
    public static Actor? From(ClaimsPrincipal principal)
    {
        if (!Enum.TryParse<ActorKind>(principal.FindFirst(KindClaim)?.Value, out var kind)) return null;
        OrganizationId? organization = null;
        if (principal.FindFirst(OrganizationClaim)?.Value is { } text)
        {
            if (!WireId.TryParse<OrganizationId>(text, out var id)) return null;
            organization = id;
        }
        if (kind == ActorKind.Organization && organization is null) return null;
        return new Actor(kind, principal.Identity?.Name ?? "", organization);
    }
}

public enum ActorKind
{
    System,
    Operator,
    Organization,
}
