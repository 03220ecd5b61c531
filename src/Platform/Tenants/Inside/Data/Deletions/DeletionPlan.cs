using Microsoft.Extensions.Options;
using Sluice.Kernel;
using Sluice.Platform.Jobs;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>The arguments of the job that deletes an organization, if it is still to be deleted at just this time.</summary>
internal sealed record DeleteOrganization(OrganizationId Organization, DateTimeOffset At);

/// <summary>The arguments of the job that deletes an account, likewise.</summary>
internal sealed record DeleteUser(UserId User, DateTimeOffset At);

/// <summary>When what is to be deleted is deleted, and by which job.</summary>
internal sealed class DeletionPlan(IJobs jobs, IOptions<DataOptions> options, TimeProvider time)
{
    public int Days => options.Value.DeletionDays;

    public DateTimeOffset At() => time.GetMicros().AddDays(Days);

    /// <summary>Enqueues the job. One whose time is no longer planned does nothing, so none has to be cancelled.</summary>
    public Task Enqueue(object arguments, DateTimeOffset at, UnitOfWork work, CancellationToken ct) =>
        jobs.Enqueue(new JobRequest(arguments) { RunAt = at }, work, ct);
}
