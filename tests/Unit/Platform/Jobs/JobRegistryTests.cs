using Microsoft.Extensions.DependencyInjection;
using Sluice.Host.Doctor;
using Sluice.Platform.Jobs;
using Sluice.Platform.Jobs.Inside;
using Xunit;

namespace Sluice.Unit.Platform.Jobs;

public sealed class JobRegistryTests
{
    [Fact]
    public void Arguments_lead_to_their_queue_and_unknown_ones_are_a_fault()
    {
        var registry = Registry(services => services.AddJob<One, Handler>("quick", "tests.one"));
        Assert.Equal(("quick", "tests.one"), (registry.Of(typeof(One)).Queue, registry.Of(typeof(One)).Name));
        Assert.Equal(new JobQueue("quick"), registry.Queue("quick"));
        Assert.Throws<InvalidOperationException>(() => registry.Of(typeof(Two)));
    }

    [Fact]
    public void What_is_declared_twice_or_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Registry(services => services
            .AddJob<One, Handler>("quick", "tests.one").AddJob<Two, Handler>("quick", "tests.one")));
        Assert.Throws<ArgumentException>(() => Registry(services => services
            .AddJob<One, Handler>("quick", "tests.one").AddJob<One, Handler>("quick", "tests.two")));
        Assert.Throws<InvalidOperationException>(() => Registry(services => services
            .AddSchedule("tests.tick", Recurrence.Every(TimeSpan.FromSeconds(1)), new Two(1))));
        foreach (var queue in new[]
        {
            new JobQueue("Q"), new JobQueue("q") { Concurrency = 0 }, new JobQueue("q") { Jitter = 2 },
            new JobQueue("q") { RatePerSecond = 0 }, new JobQueue("q") { Timeout = TimeSpan.Zero },
        })
        {
            Assert.Throws<InvalidOperationException>(() => Registry(services => services
                .AddJob<One, Handler>(queue.Name, "tests.one").AddQueue(queue)));
        }
    }

    [Fact]
    public void Doctor_warns_of_what_is_dead_late_or_paused()
    {
        Assert.Equal(FindingState.Ok, JobsCheck.Judge(new(0, 0, 200, "mail", null, [])).State);
        foreach (var (health, words) in new (JobsHealth, string)[]
        {
            (new(2, 0, null, null, null, []), "2 dead"), (new(0, 3, null, null, null, []), "3 facts"),
            (new(0, 0, 4000, "mail", null, []), "'mail' has been due for 67 minutes"),
            (new(0, 0, null, null, 7300, []), "has been due for 2 hours"), (new(0, 0, null, null, null, ["mail"]), "Paused: mail."),
        })
        {
            var finding = JobsCheck.Judge(health);
            Assert.Equal(FindingState.Warn, finding.State);
            Assert.Contains(words, finding.Says, StringComparison.Ordinal);
        }
    }

    private static JobRegistry Registry(Action<IServiceCollection> declare)
    {
        var services = new ServiceCollection();
        declare(services);
        return new JobRegistry(
            Of<JobDefinition>(services), Of<JobQueue>(services), Of<ScheduleDefinition>(services));
    }

    private static IEnumerable<T> Of<T>(ServiceCollection services) =>
        services.Select(service => service.ImplementationInstance).OfType<T>();

    private sealed record One(int Number);

    private sealed record Two(int Number);

    private sealed class Handler : IJobHandler<One>, IJobHandler<Two>
    {
        public Task Handle(One arguments, IJobContext job, CancellationToken ct) => Task.CompletedTask;

        public Task Handle(Two arguments, IJobContext job, CancellationToken ct) => Task.CompletedTask;
    }
}
