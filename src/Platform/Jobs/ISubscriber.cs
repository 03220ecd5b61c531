using Sluice.Kernel;

namespace Sluice.Platform.Jobs;

/// <summary>
/// Handles one kind of fact. Delivered at least once, so handling twice must do no more than once; what is written
/// through the given unit of work is committed together with the delivery, or not at all.
/// </summary>
public interface ISubscriber<in T> where T : class
{
    Task Handle(T fact, UnitOfWork work, CancellationToken ct = default);
}
