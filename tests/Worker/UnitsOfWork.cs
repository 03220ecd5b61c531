using Npgsql;
using Sluice.Kernel;

namespace Sluice.Worker;

internal sealed class UnitsOfWork(NpgsqlDataSource source) : IUnitsOfWork
{
    public async Task<UnitOfWork> Begin(CancellationToken ct = default)
    {
        var connection = await source.OpenConnectionAsync(ct);
        return new UnitOfWork(connection, await connection.BeginTransactionAsync(ct));
    }
}
