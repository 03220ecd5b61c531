using Sluice.Gateway;
using Sluice.Gateway.Usage;

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
        services.AddHostedService<AllowanceRecalls>();
        return services;
    }

    /// <summary>Must come first in the pipeline: nothing of the portal runs for a relay.</summary>
    public static IApplicationBuilder UseSluiceGateway(this IApplicationBuilder app) => app.UseGateway();
}
