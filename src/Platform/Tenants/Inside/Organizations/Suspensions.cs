using System.Data.Common;
using Microsoft.Extensions.Logging;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations;

/// <summary>Shuts organizations out and lets them in again, and tells the rooms that must know in the same transaction.</summary>
internal sealed partial class Suspensions(
    IUnitsOfWork units, IEnumerable<IOrganizationFollower> followers, TenantTrail trail, TimeProvider time,
    ILogger<Suspensions> log)
{
    public const int WhyLengthMax = 500;

    // A process that cannot apply in time does so by its poll.
    private static readonly TimeSpan AppliedMax = TimeSpan.FromSeconds(2);

    public async Task<Result<Organization>> Set(
        OrganizationId id, bool suspended, string? why, Actor actor, UnitOfWork? given, CancellationToken ct)
    {
        if (actor.Check(Permission.OrganizationsWrite) is { } closed) return closed;
        if (why is { Length: > WhyLengthMax } || (why is not null && Names.Hidden(why) is not null)) return BadWhy;
        var result = await units.Write<Organization>(given, async work =>
        {
            if (await OrganizationBook.Lock(id, work, ct) is not { } found) return Refusals.NoOrganization(id.ToString());
            if (found.SuspendedAt is not null == suspended) return found;
            // What an operator suspends is the operator's to decide: a deletion that was planned before is taken back.
            var changed = found with
            {
                SuspendedAt = suspended ? time.GetMicros() : null,
                DeleteAt = suspended ? null : found.DeleteAt,
                Version = found.Version + 1,
            };
            await work.Execute("""
                UPDATE tenants.organizations
                SET suspended_at = $2::timestamptz, suspended_why = $3::text, delete_at = $4::timestamptz WHERE id = $1
                """, [id.Value, changed.SuspendedAt, suspended ? why : null, changed.DeleteAt], ct);
            await trail.Record(
                work, actor, suspended ? "tenants.organization.suspend" : "tenants.organization.resume", id.ToString(), id,
                new { found.SuspendedAt, found.DeleteAt },
                new { changed.SuspendedAt, changed.DeleteAt, Why = suspended ? why : null }, ct);
            await Tell(changed, work, ct);
            return changed;
        }, ct);
        if (given is null && result.Ok) await Apply();
        return result;
    }

    /// <summary>Tells the rooms that must know, in the transaction that makes it so; last of all that it writes.</summary>
    public async Task Tell(Organization now, UnitOfWork work, CancellationToken ct)
    {
        foreach (var follower in followers) await follower.Suspended(now.Id, now.IsShut, work, ct);
    }

    /// <summary>After the commit: this process applies what is new.</summary>
    public async Task Apply()
    {
        using var limit = new CancellationTokenSource(AppliedMax, time);
        try
        {
            foreach (var follower in followers) await follower.Applied(limit.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or DbException or TimeoutException or IOException)
        {
            LogNotApplied(fault);
        }
    }

    private static readonly Refusal BadWhy = Refusal.Invalid(
        "tenants.why-invalid", $"The reason has at most {WhyLengthMax} characters, all of which can be seen.");

    [LoggerMessage(3101, LogLevel.Warning, "A suspension is committed but not applied here yet")]
    private partial void LogNotApplied(Exception fault);
}
