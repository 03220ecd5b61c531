using Microsoft.Extensions.DependencyInjection;
using Sluice.Host.Database;
using Sluice.Platform.Audit;
using Sluice.Platform.Jobs;

namespace Sluice.Integration.Jobs;

/// <summary>Processes over the queue on PostgreSQL.</summary>
internal static class PostgresQueue
{
    public static QueueProcess Over(string connectionString, Action<IServiceCollection> declare) => new(services =>
    {
        services.AddSluiceDatabase(connectionString);
        services.AddAudit();
        services.AddJobs(dispatch: true);
        services.Configure<JobsOptions>(options => (options.PollMs, options.ClaimMs) = (200, 3000));
        declare(services);
    });
}
