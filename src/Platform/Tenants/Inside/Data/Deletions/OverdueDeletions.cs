using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Jobs;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>The arguments of the look for deletions that were not done.</summary>
internal sealed record FindOverdue;

/// <summary>
/// Begins deletions anew whose job was given up or cancelled: what was promised to go by a day goes, however often that fails.
/// </summary>
internal sealed class OverdueDeletions(NpgsqlDataSource source, IJobs jobs, TimeProvider time) : IJobHandler<FindOverdue>
{
    public const string Name = "tenants.overdue-deletions";

    public static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private const int Most = 1000;

    public async Task Handle(FindOverdue arguments, IJobContext job, CancellationToken ct)
    {
        var due = time.GetMicros() - Every;
        var organizations = await source.Statement(
            "SELECT id, delete_at FROM tenants.organizations WHERE delete_at < $1 LIMIT $2", due, Most)
            .Rows(row => new DeleteOrganization(new OrganizationId(row.GetGuid(0)), row.GetFieldValue<DateTimeOffset>(1)), ct);
        var users = await source.Statement("SELECT id, delete_at FROM tenants.users WHERE delete_at < $1 LIMIT $2", due, Most)
            .Rows(row => new DeleteUser(new UserId(row.GetGuid(0)), row.GetFieldValue<DateTimeOffset>(1)), ct);
        foreach (var one in organizations)
            await jobs.Enqueue(new JobRequest(one) { UniqueKey = $"overdue {one.Organization}" }, ct: ct);
        foreach (var one in users) await jobs.Enqueue(new JobRequest(one) { UniqueKey = $"overdue {one.User}" }, ct: ct);
    }
}
