using Sluice.Gateway;
using Sluice.Gateway.Usage;
using Sluice.Platform.Metering;

namespace Sluice.Host.Wiring;

/// <summary>Puts the data plane and the rooms together: the only place that knows both.</summary>
internal static class GatewayServices
{
    public static IServiceCollection AddSluiceGateway(this IServiceCollection services, string journalsDirectory)
    {
        services.AddGateway();
        services.Configure<JournalOptions>(options => options.Directory = journalsDirectory);
        services.AddSingleton<IAllowanceSource, LeasedAllowances>();
        services.AddSingleton<GatewayFeed>();
        services.AddSingleton<IKeySource>(p => p.GetRequiredService<GatewayFeed>());
        services.AddHostedService(p => p.GetRequiredService<GatewayFeed>());
        services.AddHostedService<AllowanceReclaims>();
        return services;
    }

    /// <summary>Names this process's journal to the pump. Comes before the pump, and so stops after it.</summary>
    public static void AddOwnJournal(this IServiceCollection services)
    {
        services.AddSingleton<OwnJournal>();
        services.AddSingleton<INodeJournal>(p => p.GetRequiredService<OwnJournal>());
        services.AddHostedService(p => p.GetRequiredService<OwnJournal>());
    }

    /// <summary>Must come first in the pipeline: nothing of the portal runs for a relay.</summary>
    public static IApplicationBuilder UseSluiceGateway(this IApplicationBuilder app) => app.UseGateway();
}
