using Npgsql;
using Sluice.Kernel;

namespace Sluice.Host.Database;

/// <summary>Units of work on the one database, at read committed: rooms lock the rows that they decide on.</summary>
internal sealed class UnitsOfWork(NpgsqlDataSource source) : IUnitsOfWork
{
    public async Task<UnitOfWork> Begin(CancellationToken ct = default)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            return new UnitOfWork(connection, await connection.BeginTransactionAsync(ct));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
