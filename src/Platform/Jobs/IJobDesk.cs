using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs;

/// <summary>
/// What operators see and do. Reading asks for <see cref="Permission.JobsRead"/>, changing for
/// <see cref="Permission.JobsWrite"/>; every change is in the trail.
/// </summary>
public interface IJobDesk
{
    /// <summary>Jobs, newest first, at most <paramref name="limit"/>, those older than <paramref name="after"/>.</summary>
    Task<Result<IReadOnlyList<JobRow>>> Jobs(
        JobFilter filter, JobId? after, int limit, Actor actor, CancellationToken ct = default);

    /// <summary>One job with its arguments, failures and steps; refuses <c>jobs.job-unknown</c>.</summary>
    Task<Result<JobDetails>> Job(JobId id, Actor actor, CancellationToken ct = default);

    /// <summary>
    /// Runs a job that waits at once, or one that is dead or cancelled anew, with all its attempts. Refuses
    /// <c>jobs.job-unknown</c>, <c>jobs.state-wrong</c> for one that runs or is done, <c>jobs.key-taken</c> when another
    /// of its unique key waits or runs by now.
    /// </summary>
    Task<Result<Done>> Retry(JobId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Ends a job that waits, or asks the one that runs to stop. Refuses <c>jobs.job-unknown</c>, and
    /// <c>jobs.state-wrong</c> for one that has ended.
    /// </summary>
    Task<Result<Done>> Cancel(JobId id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>All queues that any worker declared, by name.</summary>
    Task<Result<IReadOnlyList<QueueRow>>> Queues(Actor actor, CancellationToken ct = default);

    /// <summary>Begins no job of the queue, in any process; those that run go on. Refuses <c>jobs.queue-unknown</c>.</summary>
    Task<Result<Done>> SetPaused(string queue, bool paused, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>All schedules that any worker declared, by name.</summary>
    Task<Result<IReadOnlyList<ScheduleRow>>> Schedules(Actor actor, CancellationToken ct = default);

    /// <summary>Holds a schedule, or lets it go on with its next due time. Refuses <c>jobs.schedule-unknown</c>.</summary>
    Task<Result<Done>> SetSchedulePaused(
        string name, bool paused, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Makes a schedule due now, besides its times. Refuses <c>jobs.schedule-unknown</c>.</summary>
    Task<Result<Done>> RunSchedule(string name, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>
    /// Facts whose delivery failed, newest first: those given up, or with <paramref name="dead"/> false those that wait.
    /// </summary>
    Task<Result<IReadOnlyList<FactRow>>> Facts(bool dead, long? after, int limit, Actor actor, CancellationToken ct = default);

    /// <summary>Delivers a fact that was given up anew, with all its attempts. Refuses <c>jobs.fact-unknown</c>.</summary>
    Task<Result<Done>> RetryFact(long id, Actor actor, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>What doctor says of the queue and the outbox. For the process itself: asks for no actor.</summary>
    Task<JobsHealth> Health(CancellationToken ct = default);
}

/// <summary>Which jobs; null is any.</summary>
public sealed record JobFilter(string? Queue = null, JobState? State = null, string? Name = null, string? UniqueKey = null);

/// <summary>A job with all that is known of it.</summary>
public sealed record JobDetails(
    JobRow Job, JsonElement Arguments, IReadOnlyList<JobFailure> Failures, IReadOnlyList<JobStep> Steps);

/// <summary>A run that failed; the last twenty are kept.</summary>
public sealed record JobFailure(int Attempt, DateTimeOffset At, string Error);

/// <summary>A step that was done; its result is for the handler alone.</summary>
public sealed record JobStep(string Name, DateTimeOffset At);

/// <summary>A queue now.</summary>
/// <param name="Waiting">Jobs that are due.</param>
/// <param name="Delayed">Jobs whose due time is to come.</param>
/// <param name="OldestSeconds">How long the oldest job has been due; null when none is.</param>
public sealed record QueueRow(
    string Name, DateTimeOffset? PausedAt, long Waiting, long Delayed, long Running, long Dead, double? OldestSeconds);

/// <summary>A schedule now.</summary>
/// <param name="Recurrence">As <see cref="Recurrence.Text"/>.</param>
/// <param name="LastJob">What the last due time enqueued; null when the one before it was not over yet, or none has come.</param>
public sealed record ScheduleRow(
    string Name, string Queue, string Job, string Recurrence, DateTimeOffset NextAt, DateTimeOffset? LastAt, JobId? LastJob,
    DateTimeOffset? PausedAt);

/// <summary>A fact that one subscriber could not handle. Its body is for the subscriber alone.</summary>
public sealed record FactRow(
    long Id, string Fact, string Subscriber, DateTimeOffset RecordedAt, DateTimeOffset DueAt, int Attempts, string? LastError,
    DateTimeOffset? GivenUpAt);

/// <param name="OldestSeconds">How long the oldest job of a queue that is not paused has been due; null when none is.</param>
/// <param name="FactOldestSeconds">The same of deliveries of facts.</param>
public sealed record JobsHealth(
    long Dead, long DeadFacts, double? OldestSeconds, string? OldestQueue, double? FactOldestSeconds,
    IReadOnlyList<string> Paused);
