using Sluice.Kernel;

namespace Sluice.Platform.Jobs;

/// <summary>
/// The outbox of facts: a row written in the transaction that made the fact true, delivered afterwards at least once
/// to every subscriber.
/// </summary>
public interface IOutbox
{
    /// <summary>Records a fact inside the caller's unit of work.</summary>
    Task Record<T>(T fact, UnitOfWork work, CancellationToken ct = default) where T : class;
}
