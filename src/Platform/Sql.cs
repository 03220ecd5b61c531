using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>Plain SQL for the rooms: positional parameters, and verbs that own or share a unit of work.</summary>
internal static class Sql
{
    /// <summary>A statement inside a unit of work; values stand as <c>$1</c>, <c>$2</c> and so on.</summary>
    public static NpgsqlCommand Statement(this UnitOfWork work, string sql, params ReadOnlySpan<object?> values) =>
        With(new NpgsqlCommand(sql, (NpgsqlConnection)work.Connection, (NpgsqlTransaction)work.Transaction), values);

    /// <summary>A statement on a connection of its own: for reads.</summary>
    public static NpgsqlCommand Statement(
        this NpgsqlDataSource source, string sql, params ReadOnlySpan<object?> values) =>
        With(source.CreateCommand(sql), values);

    public static async Task<int> Execute(
        this UnitOfWork work, string sql, object?[] values, CancellationToken ct = default)
    {
        await using var command = work.Statement(sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>All rows of a statement, which is disposed with them.</summary>
    public static async Task<List<T>> Rows<T>(
        this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken ct = default)
    {
        await using var _ = command;
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<T> rows = [];
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        return rows;
    }

    /// <summary>The first row of a statement, which is disposed with it; default when there is none.</summary>
    public static async Task<T?> Row<T>(
        this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken ct = default)
    {
        await using var _ = command;
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? read(reader) : default;
    }

    public static T? Optional<T>(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? default : reader.GetFieldValue<T>(column);

    /// <summary>
    /// Runs a writing verb: in the caller's unit of work, which the caller commits, or in one of its own, which is
    /// committed when the verb was not refused.
    /// </summary>
    public static async Task<Result<T>> Write<T>(
        this IUnitsOfWork units, UnitOfWork? given, Func<UnitOfWork, Task<Result<T>>> verb, CancellationToken ct)
    {
        if (given is not null) return await verb(given);
        await using var work = await units.Begin(ct);
        var result = await verb(work);
        if (result.Ok) await work.Commit(ct);
        return result;
    }

    /// <summary>Now, to the microsecond that the database keeps, so that what was answered equals what is read.</summary>
    public static DateTimeOffset GetMicros(this TimeProvider time) => Micros(time.GetUtcNow());

    public static DateTimeOffset Micros(DateTimeOffset at) =>
        new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    private static NpgsqlCommand With(NpgsqlCommand command, ReadOnlySpan<object?> values)
    {
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }
}
