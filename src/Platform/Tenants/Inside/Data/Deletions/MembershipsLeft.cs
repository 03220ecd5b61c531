using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Data.Deletions;

/// <summary>What becomes of a person's organizations when the person goes. <c>$1</c> is the person.</summary>
internal static class MembershipsLeft
{
    private const string Columns = "SELECT o.id, o.name, o.created_at, o.suspended_at, o.delete_at ";
    private const string InOrder = " ORDER BY o.id";

    // Where the person is an owner.
    private const string Owned = """
        FROM tenants.members m JOIN tenants.organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
        WHERE m.user_id = $1 AND m.role = 'owner'
        """;

    private const string WithOthers = """
         AND EXISTS (SELECT FROM tenants.members b WHERE b.organization_id = m.organization_id AND b.user_id <> $1)
        """;

    private const string LedByNobodyElse = """
         AND NOT EXISTS (
            SELECT FROM tenants.members b WHERE b.organization_id = m.organization_id AND b.user_id <> $1 AND b.role = 'owner')
        """;

    private const string AllOfLed = Columns + Owned + LedByNobodyElse + WithOthers + InOrder;

    private const string AllOfAlone = Columns + Owned + """
         AND NOT EXISTS (SELECT FROM tenants.members b WHERE b.organization_id = m.organization_id AND b.user_id <> $1)
        """ + InOrder;

    /// <summary>All organizations that the person belongs to, in order.</summary>
    public static Task<List<OrganizationId>> All(UserId user, UnitOfWork work, CancellationToken ct) =>
        work.Statement("SELECT organization_id FROM tenants.members WHERE user_id = $1 ORDER BY organization_id", user.Value)
            .Rows(row => new OrganizationId(row.GetGuid(0)), ct);

    /// <summary>Organizations with other members, of which the person is the last owner.</summary>
    public static Task<List<Organization>> Led(UserId user, UnitOfWork work, CancellationToken ct) =>
        work.Statement(AllOfLed, user.Value).Rows(Read, ct);

    /// <summary>Organizations that the person owns and nobody else belongs to.</summary>
    public static Task<List<Organization>> AloneIn(UserId user, UnitOfWork work, CancellationToken ct) =>
        work.Statement(AllOfAlone, user.Value).Rows(Read, ct);

    /// <summary>Both, without a unit of work: to be shown.</summary>
    public static async Task<Belongings> Of(UserId user, NpgsqlDataSource source, CancellationToken ct) => new(
        await source.Statement(AllOfAlone, user.Value).Rows(Read, ct),
        await source.Statement(AllOfLed, user.Value).Rows(Read, ct));

    private static Organization Read(NpgsqlDataReader row) => new(
        new OrganizationId(row.GetGuid(0)), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2),
        row.Optional<DateTimeOffset?>(3), row.Optional<DateTimeOffset?>(4));
}
