using System.Runtime.CompilerServices;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Keys.Inside;

internal sealed class KeyFeed(NpgsqlDataSource source, TimeProvider time) : IKeyFeed
{
    private const string AppColumns = $"change, id, organization_id, rules::text, {Columns.Limits}";
    private const string KeyColumns = $"change, id, app_id, kind, hash, expires_at, revoked_at, {Columns.Limits}";

    public Func<CancellationToken, Task>? Applied { get; set; }

    public Task<long> LastChange(CancellationToken ct = default) =>
        source.Statement("SELECT number FROM keys.feed").Row(row => row.GetInt64(0), ct);

    public IAsyncEnumerable<AppState> Apps(CancellationToken ct = default) =>
        Stream(source.Statement($"SELECT {AppColumns} FROM keys.apps"), ReadApp, ct);

    public IAsyncEnumerable<KeyState> Keys(CancellationToken ct = default) =>
        Stream(source.Statement(
            $"""
            SELECT {KeyColumns} FROM keys.keys
            WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)
            """, time.GetMicros()), ReadKey, ct);

    public async Task<IReadOnlyList<OrganizationId>> Suspended(CancellationToken ct = default) =>
        await source.Statement("SELECT organization_id FROM keys.organizations WHERE suspended")
            .Rows(row => new OrganizationId(row.GetGuid(0)), ct);

    public async Task<IReadOnlyList<KeyChange>> Changes(long after, int limit, CancellationToken ct = default)
    {
        // Everything up to this number is committed; what changes while the tables are read has a later one.
        var last = await LastChange(ct);
        if (last <= after) return [];
        List<KeyChange> changes =
        [
            .. await source.Statement(
                $"SELECT {AppColumns} FROM keys.apps WHERE change > $1 AND change <= $2 ORDER BY change LIMIT $3",
                after, last, limit).Rows(row => new KeyChange(row.GetInt64(0), ReadApp(row), null), ct),
            .. await source.Statement(
                $"SELECT {KeyColumns} FROM keys.keys WHERE change > $1 AND change <= $2 ORDER BY change LIMIT $3",
                after, last, limit).Rows(row => new KeyChange(row.GetInt64(0), null, ReadKey(row)), ct),
            .. await source.Statement("""
                SELECT change, organization_id, suspended FROM keys.organizations
                WHERE change > $1 AND change <= $2 ORDER BY change LIMIT $3
                """, after, last, limit).Rows(
                row => new KeyChange(
                    row.GetInt64(0), null, null, new(new OrganizationId(row.GetGuid(1)), row.GetBoolean(2))), ct),
        ];
        changes.Sort((a, b) => a.Number.CompareTo(b.Number));
        return changes.Count <= limit ? changes : changes.GetRange(0, limit);
    }

    private static async IAsyncEnumerable<T> Stream<T>(
        NpgsqlCommand command, Func<NpgsqlDataReader, T> read, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var _ = command;
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) yield return read(reader);
    }

    private static AppState ReadApp(NpgsqlDataReader row) => new(
        new AppId(row.GetGuid(1)), new OrganizationId(row.GetGuid(2)), Columns.ReadRules(row.GetString(3)),
        Columns.ReadLimits(row, 4));

    private static KeyState ReadKey(NpgsqlDataReader row) => new(
        new KeyId(row.GetGuid(1)), new AppId(row.GetGuid(2)), (KeyKind)row.GetInt16(3), row.GetFieldValue<byte[]>(4),
        Columns.ReadLimits(row, 7), row.Optional<DateTimeOffset?>(5), row.Optional<DateTimeOffset?>(6));
}
