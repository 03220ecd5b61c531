using System.ComponentModel;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Tokens.Routes;

/// <summary>What creates a token, as it is described; it is read field by field.</summary>
internal sealed record NewTokenBody(
    [property: Description("1 to 100 characters of what can be seen, without < and >.")] string Name,
    [property: Description("Whose; otherwise what the one who asks has.")] TokenKind? Kind = null,
    [property: Description("Whose, or the one that a personal token is bound to.")] OrganizationId? Organization = null,
    [property: Description("Narrows it to these permissions; null does not.")] IReadOnlyList<Permission>? Scopes = null,
    [property: Description("When it stops working; null never.")] DateTimeOffset? ExpiresAt = null);
