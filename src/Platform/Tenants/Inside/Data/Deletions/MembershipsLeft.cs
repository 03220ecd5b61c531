using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>What becomes of a person's organizations when the person goes.</summary>
internal static class MembershipsLeft
{
    // $1 is the person. Whether others belong to it, besides.
    private const string Owned = """
        FROM tenants.members m JOIN tenants.organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
        WHERE m.user_id = $1 AND m.role = 'owner' AND NOT EXISTS (
            SELECT FROM tenants.members b WHERE b.organization_id = m.organization_id AND b.user_id <> $1 AND b.role = 'owner')
            AND EXISTS (SELECT FROM tenants.members b WHERE b.organization_id = m.organization_id AND b.user_id <> $1)
        """;

    private const string Alone = """
        FROM tenants.members m JOIN tenants.organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
        WHERE m.user_id = $1 AND NOT EXISTS (
            SELECT FROM tenants.members b WHERE b.organization_id = m.organization_id AND b.user_id <> $1)
        """;

    private const string Columns = "SELECT o.id, o.name, o.created_at, o.suspended_at, o.delete_at ";
    private const string InOrder = " ORDER BY o.id";

    /// <summary>Organizations with other members, of which the person is the last owner.</summary>
    public static Task<List<Organization>> Led(UserId user, UnitOfWork work, CancellationToken ct) =>
        work.Statement(Columns + Owned + InOrder, user.Value).Rows(Read, ct);

    /// <summary>Organizations that nobody else belongs to.</summary>
    public static Task<List<Organization>> AloneIn(UserId user, UnitOfWork work, CancellationToken ct) =>
        work.Statement(Columns + Alone + InOrder, user.Value).Rows(Read, ct);

    /// <summary>Both, without a unit of work: to be shown.</summary>
    public static async Task<Belongings> Of(UserId user, NpgsqlDataSource source, CancellationToken ct) => new(
        await source.Statement(Columns + Alone + InOrder, user.Value).Rows(Read, ct),
        await source.Statement(Columns + Owned + InOrder, user.Value).Rows(Read, ct));

    private static Organization Read(NpgsqlDataReader row) => new(
        new OrganizationId(row.GetGuid(0)), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2),
        row.Optional<DateTimeOffset?>(3), row.Optional<DateTimeOffset?>(4));
}
