using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Kernel;
using Sluice.Platform.Jobs;

namespace Sluice.Integration.Jobs;

/// <summary>The arguments of the jobs that tests enqueue.</summary>
public sealed record Work(int Number, string Text = "");

/// <summary>Those of a second kind, in a queue of its own.</summary>
public sealed record OtherWork(int Number);

/// <summary>A handler that does what a test says, and counts.</summary>
public sealed class Hands(Func<Work, IJobContext, CancellationToken, Task> does) : IJobHandler<Work>
{
    private int _now;
    private int _most;

    public ConcurrentQueue<(int Number, int Attempt, long Fence, DateTimeOffset At)> Begun { get; } = new();

    /// <summary>Most runs at the same moment.</summary>
    public int Most => _most;

    public int Count => Begun.Count;

    public async Task Handle(Work arguments, IJobContext job, CancellationToken ct)
    {
        Begun.Enqueue((arguments.Number, job.Attempt, job.Fence, TimeProvider.System.GetUtcNow()));
        var now = Interlocked.Increment(ref _now);
        int most;
        while ((most = _most) < now && Interlocked.CompareExchange(ref _most, now, most) != most)
        {
            // Another run wrote a number meanwhile.
        }
        try
        {
            await does(arguments, job, ct);
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    }
}

/// <summary>How tests declare what a process knows.</summary>
public static class Declared
{
    public const string Queue = "work";

    public static readonly JobQueue Quick = new(Queue)
    {
        Backoff = TimeSpan.FromMilliseconds(20),
        BackoffMax = TimeSpan.FromMilliseconds(100),
        AttemptsMax = 3,
    };

    public static Hands Nothing => new((_, _, _) => Task.CompletedTask);

    public static Action<IServiceCollection> With(Hands hands, JobQueue? queue = null) => services => services
        .AddSingleton(hands).AddJob<Work, Hands>(Queue, "tests.work").AddQueue(queue ?? Quick);

    public static JobRequest Job(int number, string? key = null, DateTimeOffset? at = null) =>
        new(new Work(number)) { UniqueKey = key, RunAt = at };

    public static async Task<JobId> Enqueue(this QueueProcess process, int number, string? key = null) =>
        await process.Jobs.Enqueue(Job(number, key));

    /// <summary>Waits until told to stop.</summary>
    public static Task Forever(CancellationToken ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct);
}
