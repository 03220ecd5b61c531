using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sluice.Gateway.Kept;
using Sluice.Gateway.Limits;
using Sluice.Gateway.PlainHttp;
using Sluice.Gateway.Rules;
using Sluice.Gateway.Steps;
using Sluice.Gateway.Usage;
using Sluice.Gateway.WebSockets;

namespace Sluice.Gateway;

/// <summary>
/// Wires the data plane. The host supplies <see cref="IAllowanceSource"/> and <see cref="IKeySource"/>, feeds
/// <see cref="GatewayState"/>, and sets <see cref="JournalOptions.Directory"/>.
/// </summary>
public static class GatewayModule
{
    public static IServiceCollection AddGateway(this IServiceCollection services)
    {
        services.AddOptions<GatewayOptions>().BindConfiguration("Gateway").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<JournalOptions>().BindConfiguration("Journal").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(
            p => UsageJournal.Open(p.GetRequiredService<IOptions<JournalOptions>>().Value, TimeProvider.System));
        services.AddSingleton<GatewayState>();
        services.AddSingleton<RelayMetrics>();
        services.AddSingleton(p => p.GetRequiredService<IOptions<GatewayOptions>>().Value);
        services.AddSingleton<RefusalBook>();
        services.AddSingleton<AllowanceDesk>();
        services.AddSingleton(p => new AllowanceReturns(
            p.GetRequiredService<GatewayState>(), p.GetRequiredService<AllowanceDesk>()));
        services.AddSingleton<AnswerStore>();
        services.AddSingleton<RecallMetrics>();
        services.AddSingleton(Build);
        services.AddSingleton<SocketMetrics>();
        services.AddSingleton<OpenSockets>();
        services.AddHostedService(p => p.GetRequiredService<OpenSockets>());
        services.AddHostedService<Upkeep>();
        return services;
    }

    /// <summary>Takes the gateway's requests out of the host's pipeline. Must come first in it.</summary>
    public static IApplicationBuilder UseGateway(this IApplicationBuilder app)
    {
        var pipeline = app.ApplicationServices.GetRequiredService<Pipeline>();
        // What makes sockets costs every request a little, so only those that ask for one go through it.
        var upgrading = app.New();
        upgrading.UseWebSockets();
        upgrading.Run(pipeline.Run);
        var sockets = upgrading.Build();
        return app.Use((http, next) =>
            !pipeline.IsOurs(http) ? next(http) : Sockets.IsAskedFor(http.Request) ? sockets(http) : pipeline.Run(http));
    }

    private static Pipeline Build(IServiceProvider p)
    {
        var options = p.GetRequiredService<GatewayOptions>();
        var journal = p.GetRequiredService<UsageJournal>();
        var state = p.GetRequiredService<GatewayState>();
        var metrics = p.GetRequiredService<RelayMetrics>();
        var time = p.GetRequiredService<TimeProvider>();
        var desk = p.GetRequiredService<AllowanceDesk>();
        var lookup = new KeyLookup(p.GetRequiredService<IKeySource>(), options, time);
        var admit = new Admit(time, NetworkSet.Compile([.. options.TrustedProxies]));
        var hold = new Hold(journal, desk, time);
        var meter = new Meter(journal, metrics, options, time);
        var refusals = p.GetRequiredService<RefusalBook>();
        var passage = new Passage(
            SilentForwarder.Make(time), admit, hold, refusals, new Recorder(meter, journal, options, time));
        p.GetRequiredService<RecallMetrics>();
        var recall = new Recall(p.GetRequiredService<AnswerStore>(), time);
        var sockets = new SocketParts(admit, hold, recall, meter, refusals, new SocketPlace(
            p.GetRequiredService<OpenSockets>(), journal, p.GetRequiredService<SocketMetrics>(), options, time));
        var steps = new CallSteps(
            hold, recall, new Route(time), meter, refusals, passage, new Sockets(state, sockets));
        return new Pipeline(
            new Resolve(state, [.. options.Hosts]), new Identify(state, lookup, time), admit, steps, journal, options,
            time);
    }
}
