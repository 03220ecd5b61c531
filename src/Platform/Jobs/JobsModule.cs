using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Platform.Jobs.Inside;

namespace Sluice.Platform.Jobs;

public static class JobsModule
{
    /// <summary>
    /// Registers the outbox; with <paramref name="dispatch"/> this process also delivers (the role worker). Several
    /// processes may deliver at once.
    /// </summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, bool dispatch)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<JobsOptions>().BindConfiguration("Jobs").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<IOutbox, Outbox>();
        services.TryAddSingleton<Subscriptions>();
        services.TryAddSingleton<Delivery>();
        if (dispatch) services.AddHostedService<Dispatcher>();
        return services;
    }

    /// <summary>
    /// Subscribes to a fact under a name that never changes: deliveries not yet made carry it. Every process that
    /// records facts must know the same subscribers.
    /// </summary>
    public static IServiceCollection AddSubscriber<TFact, TSubscriber>(this IServiceCollection services, string name)
        where TFact : class where TSubscriber : class, ISubscriber<TFact>
    {
        services.TryAddSingleton<TSubscriber>();
        services.AddSingleton(Subscription.Of<TFact, TSubscriber>(name));
        return services;
    }
}
