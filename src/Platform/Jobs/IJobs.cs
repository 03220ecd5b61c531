using Sluice.Kernel;

namespace Sluice.Platform.Jobs;

/// <summary>
/// The durable queue: work that is done later, by any process of the role worker, at least once and never twice at the
/// same time.
/// </summary>
public interface IJobs
{
    /// <summary>
    /// Puts a job into the queue that its arguments belong to (<see cref="JobsModule.AddJob{TArguments, THandler}"/>).
    /// Inside a unit of work the job exists if and only if that commits; without one it is there when this returns.
    /// Refuses nothing: what is too large or unknown is a fault of the caller and throws.
    /// </summary>
    /// <returns>
    /// The job's id; that of the earlier one where a job of the same <see cref="JobRequest.UniqueKey"/> waits or runs.
    /// </returns>
    Task<JobId> Enqueue(JobRequest request, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>Puts many jobs of any kinds into their queues with one statement. Unique keys are not taken.</summary>
    Task<IReadOnlyList<JobId>> EnqueueMany(
        IReadOnlyList<JobRequest> requests, UnitOfWork? work = null, CancellationToken ct = default);

    /// <summary>How a job stands; null when there is none of that id, or no longer.</summary>
    Task<JobRow?> Find(JobId id, CancellationToken ct = default);

    /// <summary>
    /// Cancels a job that waits, at once, or asks the worker that runs it to stop. False when it has ended already.
    /// </summary>
    Task<bool> Cancel(JobId id, UnitOfWork? work = null, CancellationToken ct = default);
}

/// <param name="Arguments">
/// What the handler is given, as JSON of at most 256 KB. Operators can read it: it names things and holds no secret.
/// </param>
public sealed record JobRequest(object Arguments)
{
    /// <summary>Not before this time; null at once.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>
    /// At most one job of this key (200 characters) waits or runs in the queue; null for as many as there are.
    /// </summary>
    public string? UniqueKey { get; init; }
}

/// <summary>How a job stands.</summary>
public enum JobState
{
    /// <summary>To be run at its due time, for the first time or again.</summary>
    Waiting,

    /// <summary>A worker has claimed it.</summary>
    Running,

    /// <summary>Its handler returned.</summary>
    Done,

    /// <summary>Given up: its attempts are used up, or its handler said that it is hopeless. May be retried by hand.</summary>
    Dead,

    /// <summary>Ended by request before it was done. May be retried by hand.</summary>
    Cancelled,
}

/// <summary>One job as it stands. Times are the database's.</summary>
/// <param name="Attempts">Runs begun; one that was handed back at a shutdown does not count.</param>
/// <param name="Percent">0 to 100, as the handler told last; null when it tells nothing.</param>
/// <param name="Words">What it is at, in the handler's words.</param>
/// <param name="Worker">Machine, process id and start of the process that runs it, or ran it last.</param>
public sealed record JobRow(
    JobId Id, string Queue, string Name, JobState State, string? UniqueKey, DateTimeOffset CreatedAt, DateTimeOffset DueAt,
    DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, int Attempts, int AttemptsMax, int? Percent, string? Words,
    string? Worker, bool CancelWanted, string? LastError);
