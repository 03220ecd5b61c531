using Sluice.Kernel;

namespace Sluice.Platform.Jobs;

/// <summary>
/// Does one kind of job. It may be begun again after a failure, a killed process or a shutdown, so doing it twice must do
/// no more than once: by <see cref="IJobContext.Step{T}(string, Func{UnitOfWork, CancellationToken, Task{T}})"/>, by
/// <see cref="IJobContext.CompleteIn"/>, or by its nature. Returning is success, an exception is a failure that is tried
/// again, <see cref="JobHopelessException"/> one that is not.
/// </summary>
public interface IJobHandler<in TArguments> where TArguments : class
{
    /// <param name="arguments">As they were enqueued.</param>
    /// <param name="job">The run: progress, steps, the fence.</param>
    /// <param name="ct">
    /// Ends at a cancel, at the queue's time-out, when the claim is lost, and at the end of a shutdown's patience. A
    /// handler that does not listen keeps its job, and its place in the queue, until its process ends.
    /// </param>
    Task Handle(TArguments arguments, IJobContext job, CancellationToken ct);
}

/// <summary>One run of a job, as its handler sees it.</summary>
public interface IJobContext
{
    JobId Id { get; }

    /// <summary>1 for the first run.</summary>
    int Attempt { get; }

    /// <summary>
    /// The number of this claim; a later claim of the same job has a greater one. Whoever keeps the greatest number that
    /// it saw of a job, and refuses smaller ones, is safe from a process that was thought dead and comes back.
    /// </summary>
    long Fence { get; }

    /// <summary>Tells how far it is. Costs nothing: what was told last is written about once a second.</summary>
    /// <param name="percent">0 to 100.</param>
    /// <param name="words">For people, at most 200 characters; null leaves what was said.</param>
    void Report(int percent, string? words = null);

    /// <summary>
    /// Does a named part of the job once: its result, at most 256 KB of JSON, is remembered in the database, and a later
    /// run is given that in place of doing it again. A crash between the doing and the remembering repeats it.
    /// </summary>
    Task<T> Step<T>(string name, Func<CancellationToken, Task<T>> step);

    /// <summary>
    /// The same inside a unit of work that is committed together with the memory of it: what the step writes through it
    /// is written exactly once.
    /// </summary>
    Task<T> Step<T>(string name, Func<UnitOfWork, CancellationToken, Task<T>> step);

    /// <summary>
    /// Marks the job as done inside the handler's own unit of work: both are committed or neither. The handler returns
    /// soon afterwards. Throws when the claim was lost, so that nothing is committed.
    /// </summary>
    Task CompleteIn(UnitOfWork work);
}

/// <summary>Thrown by a handler: trying again cannot help, so the job is dead at once.</summary>
public sealed class JobHopelessException : Exception
{
    public JobHopelessException()
    {
    }

    public JobHopelessException(string message) : base(message)
    {
    }

    public JobHopelessException(string message, Exception inner) : base(message, inner)
    {
    }
}
