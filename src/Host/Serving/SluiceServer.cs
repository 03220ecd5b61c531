using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Sluice.Host.Database;
using Sluice.Host.Demo;
using Sluice.Host.Observability;
using Sluice.Host.Portal;
using Sluice.Host.Settings;
using Sluice.Host.Wiring;
using Sluice.Kernel;
using Sluice.Platform.Metering;
using Sluice.Platform.Tenants;

namespace Sluice.Host.Serving;

/// <summary>Builds the web application of <c>sluice serve</c>. Nothing is started here.</summary>
internal static class SluiceServer
{
    private const long ApiBodyBytesMax = 8 * 1024 * 1024;

    public static WebApplication Build(
        HostSettings settings, SluiceConfiguration configuration, string connectionString, DemoLine demo,
        Action<IServiceCollection>? more = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "sluice",
            EnvironmentName = Environments.Production,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddInMemoryCollection(configuration.Values);
        Logs.Configure(builder.Logging, settings);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(demo);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<MetricsCollector>();
        builder.Services.AddSluiceDatabase(connectionString);
        builder.Services.AddRouting();
        builder.Services.AddKeyRing(settings);
        builder.Services.AddRooms(settings.Roles);
        builder.Services.AddJournals(settings);
        if (settings.Roles.HasFlag(Roles.Portal)) builder.Services.AddPortal().AddApiDescription().AddCallRates();
        builder.Services.AddPeople(settings);
        if (demo.IsDemo) builder.Services.KeepMail();
        if (settings.Roles.HasFlag(Roles.Gateway))
        {
            builder.Services.AddSluiceGateway(settings.JournalsDirectory);
            builder.Services.AddSingleton<IReadinessGate, FeedGate>();
        }
        AddTls(builder.Services, settings);
        builder.WebHost.UseKestrel((_, _) => { });
        builder.Services.Configure<SocketTransportOptions>(transport => SocketThreads.Configure(transport, settings));
        builder.Services.AddOptions<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>()
            .Configure<IServiceProvider>((kestrel, services) =>
                Listening.Configure(kestrel, settings, services.GetService<TlsCertificate>()));
        more?.Invoke(builder.Services);
        var app = builder.Build();
        // Created before the first measurement, so that nothing is missed.
        app.Services.GetRequiredService<MetricsCollector>();
        Configure(app, settings);
        return app;
    }

    /// <summary>Where it listens in fact, ports that the system picked included.</summary>
    public static IReadOnlyList<string> BoundUrls(WebApplication app) =>
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    private static void Configure(WebApplication app, HostSettings settings)
    {
        // First, and before everything else: nothing of the portal runs for a relay.
        if (app.Services.GetService<GatewayFeed>() is not null) app.UseSluiceGateway();
        if (settings.InlineSockets) app.UseThreadPool();
        app.UseClientAddress();
        app.UseHostConventions();
        app.UseRouting();
        if (settings.Roles.HasFlag(Roles.Portal)) app.UsePortal();
        if (app.Services.GetService<IAuthenticationSchemeProvider>() is not null)
        {
            app.UseAuthentication();
            if (settings.Roles.HasFlag(Roles.Portal)) app.UseRateLimiter();
            app.UseAuthorization();
        }
        app.MapHealth();
        app.MapMetrics();
        if (settings.Roles.HasFlag(Roles.Portal))
        {
            var api = app.MapGroup("/api/v1");
            api.AddEndpointFilter(LimitBody);
            api.MapRooms();
            app.MapApiDescription();
            app.MapTenantsOAuth();
            app.MapPortal();
        }
        app.MapInternal();
    }

    private static ValueTask<object?> LimitBody(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (context.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = ApiBodyBytesMax;
        return next(context);
    }

    private sealed class FeedGate(GatewayFeed feed) : IReadinessGate
    {
        public string Name => "catalog and keys";

        public bool IsReady => feed.IsReady;
    }

    private static void AddTls(IServiceCollection services, HostSettings settings)
    {
        if (settings.TlsCertificate is not { } certificate || settings.TlsKey is not { } key) return;
        services.AddSingleton(
            provider => new TlsCertificate(certificate, key, provider.GetRequiredService<ILogger<TlsCertificate>>()));
        services.AddHostedService(provider => provider.GetRequiredService<TlsCertificate>());
    }

    // Signals are the serve command's business: it stops the parts in their order.
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>The token of /internal where none is set: one a data folder, for processes that share it.</summary>
internal static class InternalToken
{
    public static string OfFolder(HostSettings settings)
    {
        DataFolder.MakeInside(settings.KeyRingDirectory);
        var path = Path.Combine(settings.KeyRingDirectory, "internal.token");
        SecretFile.WriteIfAbsent(
            path, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))));
        return File.ReadAllText(path).Trim();
    }
}
