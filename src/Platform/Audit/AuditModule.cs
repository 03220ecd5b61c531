using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Platform.Audit.Inside;

namespace Sluice.Platform.Audit;

public static class AuditModule
{
    /// <summary>Registers the trail; needs the database.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Trail>();
        services.TryAddSingleton<IAudit>(provider => provider.GetRequiredService<Trail>());
        services.TryAddSingleton<IAuditTrail>(provider => provider.GetRequiredService<Trail>());
        return services;
    }
}
