using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.Platform.Metering.Inside;

namespace Sluice.Platform.Metering;

/// <summary>When a process looks for journals of dead processes.</summary>
public enum TakeoverMode { Never, Once, Always }

public static class MeteringModule
{
    /// <summary>
    /// Adds the doors of metering. Needs an <c>NpgsqlDataSource</c> and a <c>TimeProvider</c>.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="pump">
    /// Whether this process appends to a journal: adds the pump and asks for <see cref="INodeJournal"/>.
    /// </param>
    /// <param name="takeover">
    /// Once at start for a gateway, always for a worker; both archive folded segments. A worker also keeps the rollups
    /// to their time.
    /// </param>
    public static IServiceCollection AddMetering(
        this IServiceCollection services, bool pump = false, TakeoverMode takeover = TakeoverMode.Never)
    {
        services.AddOptions<MeteringOptions>().BindConfiguration("Metering").ValidateDataAnnotations()
            .Validate(
                o => o.InternalToken.Length is 0 or >= 32, "Metering:InternalToken must have at least 32 characters.")
            .Validate(o => o.HourDays >= o.MinuteDays, "Metering:HourDays must not be less than Metering:MinuteDays.")
            .ValidateOnStart();
        services.AddMetrics();
        services.AddSingleton<MeteringMetrics>();
        services.AddSingleton<JournalStore>();
        services.AddSingleton<Journals>();
        services.AddSingleton<IJournals>(s => s.GetRequiredService<Journals>());
        services.AddSingleton<Allowances>();
        services.AddSingleton<IAllowances>(s => s.GetRequiredService<Allowances>());
        services.AddSingleton<Rollups>();
        services.AddSingleton<RequestLog>();
        services.AddSingleton<NodeLogs>();
        services.AddSingleton<IUsage, Usage>();
        services.AddSingleton<IExportSource, UsageExports>();
        services.AddSingleton<IBooks, Books>();
        services.AddSingleton<Archive>();
        services.AddSingleton<Retention>();
        if (pump)
        {
            services.AddSingleton<IHostedService, MeterPump>();
            services.AddSingleton<IHostedService, ReclaimListener>();
        }
        if (takeover != TakeoverMode.Never)
        {
            services.AddSingleton<IHostedService>(
                s => ActivatorUtilities.CreateInstance<JournalTakeover>(s, takeover));
        }
        if (takeover == TakeoverMode.Always) services.AddSingleton<IHostedService, RetentionJob>();
        return services;
    }

    /// <summary>Maps <c>GET /usage</c> and <c>GET /log</c>.</summary>
    public static RouteGroupBuilder MapMetering(this RouteGroupBuilder api)
    {
        GetUsage.Map(api);
        GetLog.Map(api);
        return api;
    }

    /// <summary>Maps <c>GET /internal/log</c>, with which nodes read each other's request log.</summary>
    public static IEndpointRouteBuilder MapMeteringInternal(this IEndpointRouteBuilder app)
    {
        GetInternalLog.Map(app);
        return app;
    }
}
