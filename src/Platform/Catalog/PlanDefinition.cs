namespace Sluice.Platform.Catalog;

/// <summary>What an organization may use. Immutable once published; a change publishes the next version.</summary>
public sealed record PlanDefinition
{
    /// <summary><c>[a-z0-9-]{2,40}</c>.</summary>
    public required string Name { get; init; }
    public required string Title { get; init; }
    public int Version { get; init; } = 1;
    /// <summary>Services by name, <c>*</c> for all.</summary>
    public IReadOnlyList<string> Services { get; init; } = ["*"];
    public LimitSet Limits { get; init; } = new();
    public int AppsMax { get; init; } = 100;
    public int KeysMax { get; init; } = 1000;

    /// <summary>
    /// The plan of everyone who was assigned none, and the source of every limit that a plan leaves out: 25 requests
    /// and 500 units a second, 300,000 units a day, 6,000,000 a month, hard cap. Version 0 says that it is built in;
    /// importing a plan of this name takes its place.
    /// </summary>
    public static PlanDefinition Free { get; } = new()
    {
        Name = "free",
        Title = "Free",
        Version = 0,
        Limits = new LimitSet
        {
            RequestsPerSecond = 25,
            UnitsPerSecond = 500,
            DailyUnits = 300_000,
            MonthlyUnits = 6_000_000,
            Cap = QuotaCap.Hard,
        },
        AppsMax = 10,
        KeysMax = 100,
    };
}

/// <summary>
/// Limits of a key, an app or a plan; null is no limit of its own. Rates are token buckets that hold one second's
/// worth (at least one call); quotas count compute units per UTC day and calendar month.
/// </summary>
public sealed record LimitSet
{
    public int? RequestsPerSecond { get; init; }
    public long? UnitsPerSecond { get; init; }
    public long? DailyUnits { get; init; }
    public long? MonthlyUnits { get; init; }
    /// <summary>A hard quota refuses; a soft one counts and lets go on.</summary>
    public QuotaCap Cap { get; init; } = QuotaCap.Hard;
}

public enum QuotaCap { Hard, Soft }
