using Sluice.Kernel;

namespace Sluice.Platform.Notices;

/// <summary>
/// Rules that say when an organization wants to be told of its usage. Each crossing is told once, however many processes
/// look. What the actor may not see is refused as what is not there.
/// </summary>
public interface IAlerts
{
    /// <summary>Makes a rule. Refused with all faults (<c>notices.alert-invalid</c>), and beyond 50 of an organization.</summary>
    Task<Result<AlertRule>> Create(
        OrganizationId organization, AlertRequest request, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>All rules of an organization, by creation, each with its last crossing.</summary>
    Task<Result<IReadOnlyList<AlertRule>>> List(OrganizationId organization, Actor actor, CancellationToken ct = default);

    Task<Result<AlertRule>> Find(AlertId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Replaces a rule; one that was raised begins anew. With a <paramref name="version"/> it is refused when the rule has
    /// another one.
    /// </summary>
    Task<Result<AlertRule>> Change(
        AlertId id, AlertRequest request, Actor actor, long? version = null, CancellationToken ct = default);

    Task<Result<Done>> Delete(AlertId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Evaluates all rules of organizations that used anything of late, and those that are to end. For the process itself;
    /// several at once tell each crossing once. Returns how many were told.
    /// </summary>
    Task<int> Evaluate(CancellationToken ct = default);
}

/// <summary>What a rule looks at.</summary>
public enum AlertKind
{
    /// <summary>Units used in the hour, day or month (UTC) under way: told once in it.</summary>
    Usage,

    /// <summary>
    /// The share of calls that failed (5xx) in the last minutes: told when it is reached, and again only after it was not.
    /// </summary>
    Errors,

    /// <summary>The part of the plan's quota used in the day or month (UTC) under way: each level told once in it.</summary>
    Quota,
}

/// <summary>A span that begins anew (UTC).</summary>
public enum AlertPeriod
{
    Hour,
    Day,
    Month,
}

/// <summary>A way in which a crossing is told.</summary>
public enum AlertChannel
{
    Inbox,
    Mail,
    Webhook,
}

/// <param name="Name">1 to 100 characters.</param>
/// <param name="Kind">What it looks at.</param>
/// <param name="Period">Of usage and quota (there day or month).</param>
/// <param name="Units">Of usage: told when so many units are used.</param>
/// <param name="Percents">Of quota: 1 to 5 levels, 1 to 100. Of errors: the one share, 1 to 100.</param>
/// <param name="WindowMinutes">Of errors: how far back, 1 to 1440.</param>
/// <param name="CallsMin">Of errors: with fewer calls in the window nothing is told.</param>
/// <param name="Channels">At least one.</param>
public sealed record AlertRequest(
    string Name, AlertKind Kind, AlertPeriod Period, long? Units, IReadOnlyList<int> Percents, int WindowMinutes, long CallsMin,
    IReadOnlyList<AlertChannel> Channels);

/// <param name="Rule">What was asked for.</param>
/// <param name="LastAt">When it was crossed last; null: never.</param>
public sealed record AlertRule(
    AlertId Id, OrganizationId Organization, AlertRequest Rule, DateTimeOffset CreatedAt, DateTimeOffset? LastAt)
{
    /// <summary>Grows with every change by a member.</summary>
    public long Version { get; init; } = 1;
}
