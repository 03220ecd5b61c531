using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>One kind of job, with the typed call behind it.</summary>
internal sealed record JobDefinition(
    string Queue, string Name, Type Arguments, Func<IServiceProvider, string, IJobContext, CancellationToken, Task> Handle)
{
    public static JobDefinition Of<TArguments, THandler>(string queue, string name)
        where TArguments : class where THandler : class, IJobHandler<TArguments> => new(
        queue, name, typeof(TArguments),
        (services, text, context, ct) =>
        {
            var arguments = JsonSerializer.Deserialize<TArguments>(text, Http.Json)
                ?? throw new JsonException($"The arguments of a job {name} are null.");
            return services.GetRequiredService<THandler>().Handle(arguments, context, ct);
        });
}

/// <summary>One schedule as code declares it.</summary>
internal sealed record ScheduleDefinition(string Name, Recurrence Recurrence, object Arguments);

/// <summary>All kinds of jobs, queues and schedules that this process knows.</summary>
internal sealed class JobRegistry
{
    private readonly FrozenDictionary<Type, JobDefinition> _byArguments;
    private readonly FrozenDictionary<string, JobDefinition> _byName;
    private readonly FrozenDictionary<string, JobQueue> _queues;

    public JobRegistry(IEnumerable<JobDefinition> jobs, IEnumerable<JobQueue> queues, IEnumerable<ScheduleDefinition> schedules)
    {
        var all = jobs.ToList();
        // A kind that is declared twice would be worked off by either: the dictionaries refuse it.
        _byArguments = all.ToFrozenDictionary(job => job.Arguments);
        _byName = all.ToFrozenDictionary(job => job.Name, StringComparer.Ordinal);
        var declared = queues.ToDictionary(queue => queue.Name, StringComparer.Ordinal);
        _queues = all.Select(job => job.Queue).Distinct(StringComparer.Ordinal)
            .ToFrozenDictionary(
                name => name, name => declared.GetValueOrDefault(name) ?? new JobQueue(name), StringComparer.Ordinal);
        foreach (var queue in _queues.Values) Check(queue);
        Schedules = [.. schedules];
        foreach (var schedule in Schedules) _ = Of(schedule.Arguments.GetType());
    }

    public IReadOnlyList<ScheduleDefinition> Schedules { get; }

    public IEnumerable<JobQueue> Queues => _queues.Values;

    public JobQueue Queue(string name) => _queues[name];

    /// <summary>The names of the jobs of a queue: others in it belong to a newer version and are left alone.</summary>
    public string[] NamesIn(string queue) => [.. _byName.Values.Where(job => job.Queue == queue).Select(job => job.Name)];

    public JobDefinition Named(string name) => _byName[name];

    public JobDefinition Of(Type arguments) => _byArguments.GetValueOrDefault(arguments)
        ?? throw new InvalidOperationException($"No job takes {arguments.Name}: declare it with AddJob.");

    private static void Check(JobQueue queue)
    {
        var sound = queue.Name.Length is > 0 and <= 40
            && queue.Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            && queue is
            {
                Concurrency: > 0, Batch: > 0, AttemptsMax: > 0, Burst: > 0, Jitter: >= 0 and <= 1,
                ConcurrencyEverywhere: null or > 0, RatePerSecond: null or > 0,
            }
            && queue.Timeout > TimeSpan.Zero && queue.Backoff >= TimeSpan.Zero;
        if (!sound) throw new InvalidOperationException($"The queue '{queue.Name}' is declared with a setting out of range.");
    }
}
