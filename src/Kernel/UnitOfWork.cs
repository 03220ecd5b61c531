using System.Data.Common;

namespace Sluice.Kernel;

/// <summary>
/// One database transaction that several rooms take part in. The room that begins it commits it; door verbs that
/// write take it as an optional argument and enlist. Disposed without <see cref="Commit"/> it rolls back.
/// </summary>
public sealed class UnitOfWork(DbConnection connection, DbTransaction transaction) : IAsyncDisposable
{
    public DbConnection Connection { get; } = connection;
    public DbTransaction Transaction { get; } = transaction;

    private readonly List<Func<Task>> _committed = [];

    /// <summary>What a room that enlists has to do once it is committed, and not if it is not: the same once only.</summary>
    public void OnCommitted(Func<Task> then)
    {
        if (!_committed.Contains(then)) _committed.Add(then);
    }

    public async Task Commit(CancellationToken ct = default)
    {
        await Transaction.CommitAsync(ct).ConfigureAwait(false);
        foreach (var then in _committed) await then().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Transaction.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>Begins units of work on the one database.</summary>
public interface IUnitsOfWork
{
    Task<UnitOfWork> Begin(CancellationToken ct = default);
}
