using Microsoft.Extensions.Logging;
using Sluice.Kernel;

namespace Sluice.Platform.Jobs.Inside;

/// <summary>Runs one claimed job and says how that ended. What it says is written by whoever asked.</summary>
internal sealed partial class Runner(
    JobStore store, IUnitsOfWork units, IServiceProvider services, TimeProvider time, ILogger<Runner> log)
{
    private const int ErrorLengthMax = 2000;

    /// <summary>Calls the handler; null when it returned, else what it threw.</summary>
    public async Task<Exception?> Call(RunningJob running, JobQueue queue)
    {
        using var limit = new Timeout(running, queue.Timeout, time);
        try
        {
            await running.Definition.Handle(
                services, running.Claimed.Arguments, new JobContext(running, store, units), running.Stop);
            return null;
        }
        // A handler may fail in any way; the job is what is tried again, not the worker that ends.
        catch (Exception fault)
        {
            return fault;
        }
    }

    /// <summary>Writes down a run that did not return, and answers what became of the job.</summary>
    public async Task<RunOutcome> Settle(RunningJob running, JobQueue queue, Exception fault)
    {
        var job = running.Claimed;
        if (running.Reason == StopReason.Shutdown && fault is OperationCanceledException)
        {
            await store.Release(queue.Name, [job]);
            return RunOutcome.HandedBack;
        }
        var error = running.Reason switch
        {
            StopReason.Timeout => $"Took longer than {queue.Timeout.TotalSeconds:0.###} s.",
            StopReason.Cancelled when fault is OperationCanceledException => "Cancelled.",
            _ => $"{fault.GetType().Name}: {fault.Message}",
        };
        if (error.Length > ErrorLengthMax) error = error[..ErrorLengthMax];
        // The database refuses half a surrogate and the character zero.
        error = string.Concat(error.Where(c => c != '\0' && !char.IsSurrogate(c)));
        var state = await store.Fail(job, error, Backoff.After(job.Attempt, queue), fault is JobHopelessException);
        switch (state)
        {
            case JobState.Waiting:
                LogFailed(fault, job.Name, job.Id, job.Attempt, job.AttemptsMax);
                return RunOutcome.Failed;
            case JobState.Dead:
                LogDead(fault, job.Name, job.Id, job.Attempt);
                return RunOutcome.Dead;
            case JobState.Cancelled:
                return RunOutcome.Cancelled;
            default:
                if (running.CompletedByHandler) return RunOutcome.Done;
                LogLost(job.Name, job.Id);
                return RunOutcome.ClaimLost;
        }
    }

    /// <summary>Tells of a run whose handler returned and whose claim was another's by then.</summary>
    public RunOutcome Refused(RunningJob running)
    {
        if (running.CompletedByHandler) return RunOutcome.Done;
        LogLost(running.Claimed.Name, running.Claimed.Id);
        return RunOutcome.ClaimLost;
    }

    [LoggerMessage(2011, LogLevel.Warning, "Job {Job} {Id} failed, attempt {Attempt} of {AttemptsMax}; it is tried again")]
    private partial void LogFailed(Exception fault, string job, JobId id, int attempt, int attemptsMax);

    [LoggerMessage(2012, LogLevel.Error, "Job {Job} {Id} is dead after attempt {Attempt}; 'sluice job retry' runs it anew")]
    private partial void LogDead(Exception fault, string job, JobId id, int attempt);

    [LoggerMessage(2013, LogLevel.Warning, "Job {Job} {Id} ended here after its claim was lost; what it said is not taken")]
    private partial void LogLost(string job, JobId id);

    private sealed class Timeout(RunningJob running, TimeSpan after, TimeProvider time) : IDisposable
    {
        private readonly ITimer _timer = time.CreateTimer(
            static state => ((RunningJob)state!).Tell(StopReason.Timeout), running, after,
            System.Threading.Timeout.InfiniteTimeSpan);

        public void Dispose() => _timer.Dispose();
    }
}
