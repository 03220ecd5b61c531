using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sluice.Kernel;
using Sluice.Platform.Jobs.Inside;
using Sluice.Platform.Jobs.Inside.Routes;

namespace Sluice.Platform.Jobs;

public static class JobsModule
{
    private const string JobUnknown = "jobs.job-unknown";
    private const string QueueUnknown = "jobs.queue-unknown";

    /// <summary>
    /// Registers the queue and the outbox; with <paramref name="dispatch"/> this process also runs jobs and delivers facts
    /// (the role worker). Any number of processes may.
    /// </summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, bool dispatch)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddOptions<JobsOptions>().BindConfiguration("Jobs").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<IOutbox, Outbox>();
        services.TryAddSingleton<Subscriptions>();
        services.TryAddSingleton<Delivery>();
        services.TryAddSingleton<JobRegistry>();
        services.TryAddSingleton<JobsMetrics>();
        services.TryAddSingleton<DeskReads>();
        services.TryAddSingleton<JobBook>();
        services.TryAddSingleton<IJobs>(provider => provider.GetRequiredService<JobBook>());
        services.TryAddSingleton<IJobDesk, Desk>();
        if (!services.Any(service => service.ServiceType == typeof(Declared)))
        {
            services.AddSingleton<Declared>();
            services.AddQueue(new JobQueue(Retention.Queue) { Concurrency = 1 });
            services.AddJob<SweepOld, Retention>(Retention.Queue, "jobs.retention");
            services.AddSchedule("jobs.retention", Recurrence.Every(TimeSpan.FromHours(1)), new SweepOld());
        }
        return dispatch && !services.Any(service => service.ServiceType == typeof(Bell)) ? AddWorkers(services) : services;
    }

    /// <summary>
    /// Declares a kind of job: what enqueues these arguments enqueues a job of this name, which never changes (jobs that
    /// wait carry it), for this handler. Every process declares the same, whether it runs jobs or not.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="queue">The queue; its settings come from <see cref="AddQueue"/>, or are the defaults.</param>
    /// <param name="name">The kind: <c>room.what</c>, as <c>tenants.export</c>.</param>
    public static IServiceCollection AddJob<TArguments, THandler>(this IServiceCollection services, string queue, string name)
        where TArguments : class where THandler : class, IJobHandler<TArguments>
    {
        services.TryAddSingleton<THandler>();
        services.AddSingleton(JobDefinition.Of<TArguments, THandler>(queue, name));
        return services;
    }

    /// <summary>Declares how a queue is worked off.</summary>
    public static IServiceCollection AddQueue(this IServiceCollection services, JobQueue queue) => services.AddSingleton(queue);

    /// <summary>
    /// Enqueues a job at each due time: once over all processes, not while the one before still waits or runs, and once
    /// for all times that passed while no worker ran. The name never changes.
    /// </summary>
    public static IServiceCollection AddSchedule(
        this IServiceCollection services, string name, Recurrence recurrence, object arguments) =>
        services.AddSingleton(new ScheduleDefinition(name, recurrence, arguments));

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

    /// <summary>The routes of operators.</summary>
    public static RouteGroupBuilder MapJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("").WithTags("Jobs");
        jobs.MapGet("/jobs", ListJobs.Handle).Requires(Permission.JobsRead)
            .Does("List jobs, newest first")
            .Query("queue", "Those of one queue.").Query("state", "waiting, running, done, dead or cancelled.")
            .Query("name", "Those of one kind.").Query("key", "Those of one unique key.").Lists<JobRow>(ListJobs.PageMax);
        jobs.MapGet("/jobs/{job}", JobRoutes.Get).Requires(Permission.JobsRead)
            .Does("Show a job with its arguments, failures and steps", JobUnknown).Answers<JobDetails>();
        jobs.MapPost("/jobs/{job}/retry", JobRoutes.Retry).Requires(Permission.JobsWrite)
            .Does(
                "Run a waiting job at once, or one that is dead or cancelled anew", JobUnknown, "jobs.state-wrong",
                "jobs.key-taken")
            .AnswersNothing();
        jobs.MapPost("/jobs/{job}/cancel", JobRoutes.Cancel).Requires(Permission.JobsWrite)
            .Does("End a waiting job, or tell a running one to stop", JobUnknown, "jobs.state-wrong").AnswersNothing();
        jobs.MapGet("/queues", QueueRoutes.List).Requires(Permission.JobsRead)
            .Does("List the queues with what is in them").AnswersAll<QueueRow>();
        jobs.MapPost("/queues/{queue}/pause", QueueRoutes.Pause).Requires(Permission.JobsWrite)
            .Does("Begin no more jobs of a queue; those that run go on", QueueUnknown).AnswersNothing();
        jobs.MapPost("/queues/{queue}/resume", QueueRoutes.Resume).Requires(Permission.JobsWrite)
            .Does("Go on with a queue that was paused", QueueUnknown).AnswersNothing();
        MapSchedules(jobs);
        return api;
    }

    private static void MapSchedules(RouteGroupBuilder jobs)
    {
        const string unknown = "jobs.schedule-unknown";
        jobs.MapGet("/schedules", ScheduleRoutes.List).Requires(Permission.JobsRead)
            .Does("List what comes by the clock").AnswersAll<ScheduleRow>();
        jobs.MapPost("/schedules/{schedule}/run", ScheduleRoutes.Run).Requires(Permission.JobsWrite)
            .Does("Make a schedule due now, besides its times", unknown).AnswersNothing();
        jobs.MapPost("/schedules/{schedule}/pause", ScheduleRoutes.Pause).Requires(Permission.JobsWrite)
            .Does("Hold a schedule back", unknown).AnswersNothing();
        jobs.MapPost("/schedules/{schedule}/resume", ScheduleRoutes.Resume).Requires(Permission.JobsWrite)
            .Does("Let a schedule go on with its next time", unknown).AnswersNothing();
        jobs.MapGet("/facts", FactRoutes.List).Requires(Permission.JobsRead)
            .Does("List facts whose delivery failed, newest first")
            .Query("state", "dead: given up, which is the default; waiting: tried again.")
            .Lists<FactRow>(FactRoutes.PageMax);
        jobs.MapPost("/facts/{fact}/retry", FactRoutes.Retry).Requires(Permission.JobsWrite)
            .Does("Deliver a fact that was given up anew", "jobs.fact-unknown").AnswersNothing();
    }

    private static IServiceCollection AddWorkers(IServiceCollection services)
    {
        services.TryAddSingleton<Bell>();
        services.TryAddSingleton<JobStore>();
        services.TryAddSingleton<Runner>();
        services.TryAddSingleton<Ticker>();
        services.TryAddSingleton<Clearing>();
        services.TryAddSingleton(provider => new LaneParts(
            provider.GetRequiredService<JobStore>(), provider.GetRequiredService<Runner>(),
            provider.GetRequiredService<JobRegistry>(), provider.GetRequiredService<Bell>(),
            provider.GetRequiredService<JobsMetrics>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<JobWorker>>()));
        services.AddHostedService(provider => provider.GetRequiredService<Bell>());
        services.AddHostedService<Dispatcher>();
        services.AddHostedService<JobWorker>();
        return services;
    }

    // Registered once, so that the room may be added by several.
    private sealed class Declared;
}
