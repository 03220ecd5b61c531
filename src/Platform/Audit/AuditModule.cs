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
        services.AddSingleton<IExportSource, TrailExports>();
        services.TryAddSingleton<TrailProof>();
        services.TryAddSingleton<CheckpointBook>();
        services.TryAddSingleton<SigningKeys>();
        if (sign) services.AddHostedService<CheckpointWorker>();
        return services;
    }

    public static RouteGroupBuilder MapAudit(this RouteGroupBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("Audit");
        audit.MapGet("", ListEvents.Handle).RequiresAny(Permission.AuditRead, Permission.PlatformAuditRead)
            .Does("List events, newest first", "audit.organization-missing")
            .Lists<RecordedEvent>(TrailReading.PageMax).Filters();
        audit.MapGet("/export", ExportEvents.Handle).RequiresAny(Permission.AuditRead, Permission.PlatformAuditRead)
            .Does("Export all events, oldest first, a line for each", "audit.organization-missing")
            .Produces<string>(StatusCodes.Status200OK, ExportEvents.JsonLines, Csv.ContentType)
            .Filters().Query("format", "jsonl (the default) or csv.");
        audit.MapPost("/verify", VerifyTrail.Handle).Requires(Permission.PlatformAuditRead)
            .Does("Recompute the chain of all events and check every signature under it")
            .Takes<Witness>(optional: true).Answers<AuditProof>();
        audit.MapGet("/checkpoints", ListCheckpoints.Handle).Requires(Permission.PlatformAuditRead)
            .Does("List the last signatures under the trail, and the public keys that prove them")
            .Query("limit", "Signatures at most, 1 to 1000, which is also the default.").Answers<CheckpointsBody>();
        return api;
    }

    private static RouteHandlerBuilder Filters(this RouteHandlerBuilder route) => route
        .Query("organization", "org_…: the events that touch it. Only auditors of the installation may leave it out.")
        .Query("action", "The action, or the beginning of it up to a dot: keys, keys.key, keys.key.revoke.")
        .Query("subject", "Id of the thing.")
        .Query("actor", "Id of who did it.")
        .Query("from", "Start, ISO 8601, inclusive.")
        .Query("to", "End, exclusive.");
}
