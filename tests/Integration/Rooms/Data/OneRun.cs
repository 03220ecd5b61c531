using Sluice.Kernel;
using Sluice.Platform.Jobs;

namespace Sluice.Integration.Rooms.Data;

/// <summary>One run of a job by hand, without a queue.</summary>
internal sealed class OneRun(int attempt = 1) : IJobContext
{
    public JobId Id { get; } = WireId.New<JobId>();

    public int Attempt => attempt;

    public long Fence => attempt;

    public bool IsComplete { get; private set; }

    public void Report(int percent, string? words = null)
    {
    }

    public Task<T> Step<T>(string name, Func<CancellationToken, Task<T>> step) => step(CancellationToken.None);

    public Task<T> Step<T>(string name, Func<UnitOfWork, CancellationToken, Task<T>> step) =>
        throw new NotSupportedException("These jobs have no steps.");

    public Task CompleteIn(UnitOfWork work)
    {
        IsComplete = true;
        return Task.CompletedTask;
    }
}
