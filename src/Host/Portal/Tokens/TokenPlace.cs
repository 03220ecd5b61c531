using Sluice.Kernel;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Portal.Tokens;

/// <summary>Whose tokens a page is about, as its address says it.</summary>
/// <param name="Kind">An organization's, the operators', or one's own.</param>
/// <param name="Organization">The organization's.</param>
/// <param name="Root">The list.</param>
public sealed record TokenPlace(TokenKind Kind, OrganizationId? Organization, string Root)
{
    /// <summary>What all of them may at most, in words.</summary>
    public string All => Kind switch
    {
        TokenKind.Organization => "Everything that an admin of the organization may",
        TokenKind.Operator => "Everything that an operator may",
        _ => "Everything that I may, besides the security of my account",
    };

    public string Lead => Kind switch
    {
        TokenKind.Organization => "For programs that work on this organization. They outlive the member who makes them.",
        TokenKind.Operator => "For programs that operate the installation. They outlive the operator who makes them.",
        _ => "For programs that act as you. They end with your account, and never may more than you.",
    };

    public Permission Write => Kind switch
    {
        TokenKind.Organization => Permission.TokensWrite,
        TokenKind.Operator => Permission.OperatorTokensWrite,
        _ => Permission.SelfSecurity,
    };

    public string Api => Kind switch
    {
        TokenKind.Organization => $"GET /api/v1/tokens?kind=organization&organization={Organization}",
        TokenKind.Operator => "GET /api/v1/tokens?kind=operator",
        _ => "GET /api/v1/tokens?kind=personal",
    };

    public static TokenPlace Of(HttpContext http)
    {
        if (WireId.TryParse<OrganizationId>(http.Request.RouteValues["org"] as string, out var organization))
            return new TokenPlace(TokenKind.Organization, organization, $"/console/{organization}/tokens");
        return http.Request.Path.StartsWithSegments("/operator", StringComparison.OrdinalIgnoreCase)
            ? new TokenPlace(TokenKind.Operator, null, "/operator/tokens")
            : new TokenPlace(TokenKind.Personal, null, "/account/tokens");
    }
}
