using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Organizations;

/// <summary>
/// Makes an actor of a person: memberships and platform role as the database has them now. Sessions and personal tokens
/// are looked up at every request, so what is taken away is gone at once.
/// </summary>
internal sealed class Memberships(NpgsqlDataSource source, IOptions<TenantsOptions> options)
{
    private const string OfPerson = """
        SELECT u.email_verified_at IS NOT NULL, u.platform_role, m.organization_id, m.role, coalesce(o.shut, false),
            u.totp_secret IS NOT NULL OR EXISTS (SELECT FROM tenants.passkeys p WHERE p.user_id = u.id)
        FROM tenants.users u
        LEFT JOIN tenants.members m ON m.user_id = u.id
        LEFT JOIN tenants.organizations o ON o.id = m.organization_id
        WHERE u.id = $1 AND u.suspended_at IS NULL
        """;

    /// <summary>The person with all rights, neither session nor token set; null where unknown or suspended.</summary>
    public async Task<Actor?> Person(UserId user, CancellationToken ct) =>
        Read(user, await source.Statement(OfPerson, user.Value).Rows(ReadRow, ct), options.Value.SecondFactor);

    /// <summary>
    /// The same in a unit of work, which sees what it wrote itself; for the roles alone: no second factor is demanded.
    /// </summary>
    public static async Task<Actor?> Person(UserId user, UnitOfWork work, CancellationToken ct) =>
        Read(user, await work.Statement(OfPerson, user.Value).Rows(ReadRow, ct), SecondFactorDemand.Nobody);

    private static Actor? Read(UserId user, List<Row> rows, SecondFactorDemand demand)
    {
        if (rows.Count == 0) return null;
        var joined = rows.Where(row => row.Organization is not null).ToList();
        return new Actor(ActorKind.User, user.ToString(), null)
        {
            User = user,
            IsVerified = rows[0].Verified,
            // An address gives no right before it is verified.
            Platform = rows[0].Verified ? rows[0].Platform : PlatformRole.None,
            LacksFactor = !rows[0].HasFactor
                && (demand == SecondFactorDemand.Everybody
                    || (demand == SecondFactorDemand.Operators && rows[0].Platform != PlatformRole.None)),
            Memberships = joined.ToFrozenDictionary(row => new OrganizationId(row.Organization!.Value), row => row.Role),
            Suspended = joined.Where(row => row.Suspended).Select(row => new OrganizationId(row.Organization!.Value))
                .ToFrozenSet(),
        };
    }

    private static Row ReadRow(NpgsqlDataReader row) => new(
        row.GetBoolean(0), RoleText.Platform(row.GetString(1)), row.Optional<Guid?>(2),
        row.IsDBNull(3) ? default : RoleText.Read(row.GetString(3)), row.GetBoolean(4), row.GetBoolean(5));

    private readonly record struct Row(
        bool Verified, PlatformRole Platform, Guid? Organization, OrganizationRole Role, bool Suspended,
        bool HasFactor);
}

/// <summary>Roles as they stand in the tables.</summary>
internal static class RoleText
{
    public static string Write(OrganizationRole role) => role switch
    {
        OrganizationRole.Owner => "owner",
        OrganizationRole.Admin => "admin",
        OrganizationRole.Developer => "developer",
        OrganizationRole.Billing => "billing",
        OrganizationRole.Viewer => "viewer",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };

    public static OrganizationRole Read(string text) => text switch
    {
        "owner" => OrganizationRole.Owner,
        "admin" => OrganizationRole.Admin,
        "developer" => OrganizationRole.Developer,
        "billing" => OrganizationRole.Billing,
        "viewer" => OrganizationRole.Viewer,
        _ => throw new InvalidOperationException($"There is no role {text}."),
    };

    /// <summary>What is not known gives nothing.</summary>
    public static PlatformRole Platform(string text) => text switch
    {
        "operator" => PlatformRole.Operator,
        "viewer" => PlatformRole.Viewer,
        _ => PlatformRole.None,
    };
}
