using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Kernel;
using Sluice.Platform.Audit.Inside;
using Sluice.Platform.Audit.Inside.Routes;

namespace Sluice.Platform.Audit;

public static class AuditModule
{
    /// <summary>
    /// Registers the trail; needs the database and an <see cref="ISecretBox"/>. With <paramref name="sign"/> this process
    /// also signs checkpoints (the role worker); several may.
    /// </summary>
    public static IServiceCollection AddAudit(this IServiceCollection services, bool sign = false)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<AuditOptions>().BindConfiguration("Audit").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<IAudit, Trail>();
        services.TryAddSingleton<IAuditTrail, AuditTrail>();
        services.TryAddSingleton<TrailReading>();
        services.TryAddSingleton<TrailProof>();
        services.TryAddSingleton<CheckpointBook>();
        services.TryAddSingleton<SigningKeys>();
        if (sign) services.AddHostedService<CheckpointWorker>();
        return services;
    }

    public static RouteGroupBuilder MapAudit(this RouteGroupBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("Audit");
        audit.MapGet("", ListEvents.Handle).RequiresAny(Permission.AuditRead, Permission.PlatformAuditRead);
        audit.MapGet("/export", ExportEvents.Handle).RequiresAny(Permission.AuditRead, Permission.PlatformAuditRead);
        audit.MapPost("/verify", VerifyTrail.Handle).Requires(Permission.PlatformAuditRead);
        audit.MapGet("/checkpoints", ListCheckpoints.Handle).Requires(Permission.PlatformAuditRead);
        return api;
    }
}
