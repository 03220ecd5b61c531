using System.ComponentModel;
using Sluice.Platform.Catalog;

namespace Sluice.Platform.Keys.Inside.Routes;

/// <summary>What creates a key, as it is described; it is read field by field.</summary>
internal sealed record NewKeyBody(
    [property: Description("1 to 100 characters of what can be seen, without < and >.")] string Name,
    [property: Description("A secret key stays on a server; a publishable one may be read by anyone and needs rules.")]
    KeyKind Kind = KeyKind.Secret,
    [property: Description("Limits of the key alone, beside those of its app and plan.")] LimitSet? Limits = null,
    [property: Description("When it stops working; null never.")] DateTimeOffset? ExpiresAt = null);

/// <summary>What rotates a key.</summary>
internal sealed record RotationBody(
    [property: Description("How long the old key works on: 0 to 2,592,000 seconds (30 days).")] long OverlapSeconds = 86_400);
