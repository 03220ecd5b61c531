using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>Users as they stand in the table.</summary>
internal static class UserRows
{
    public const string Columns = """
        id, email, email_verified_at, name, time_zone, created_at, platform_role, suspended_at, suspended_why,
        password_hash IS NOT NULL, totp_secret IS NOT NULL, EXISTS (SELECT FROM tenants.passkeys WHERE user_id = users.id),
        version, delete_at
        """;

    public static readonly Refusal Unknown = Refusal.NotFound("tenants.user-unknown", "There is no such user.");

    public static User Read(NpgsqlDataReader row) => new(
        new UserId(row.GetGuid(0)), row.GetString(1), row.Optional<DateTimeOffset?>(2), row.GetString(3), row.GetString(4),
        row.GetFieldValue<DateTimeOffset>(5), Role(row.GetString(6)), row.Optional<DateTimeOffset?>(7), row.Optional<string>(8),
        row.GetBoolean(9), row.GetBoolean(10), row.GetBoolean(11))
    {
        Version = row.GetInt64(12),
        DeleteAt = row.Optional<DateTimeOffset?>(13),
    };

    public static Task<User?> Find(UserId id, NpgsqlDataSource source, CancellationToken ct) =>
        source.Statement($"SELECT {Columns} FROM tenants.users WHERE id = $1 AND deleted_at IS NULL", id.Value).Row(Read, ct);

    /// <summary>The user, locked until the end of the unit of work.</summary>
    public static Task<User?> Hold(UserId id, UnitOfWork work, CancellationToken ct) =>
        work.Statement($"SELECT {Columns} FROM tenants.users WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", id.Value)
            .Row(Read, ct);

    /// <summary>
    /// The same, an operator together with all others, in one order: for what may end one, so that two who end each other
    /// wait and neither is the last.
    /// </summary>
    public static async Task<User?> HoldAmongOperators(UserId id, UnitOfWork work, CancellationToken ct)
    {
        await work.Execute("""
            SELECT FROM tenants.users
            WHERE id = $1 OR (platform_role = 'operator' AND EXISTS (
                SELECT FROM tenants.users WHERE id = $1 AND platform_role = 'operator'))
            ORDER BY id FOR UPDATE
            """, [id.Value], ct);
        return await Hold(id, work, ct);
    }

    public static PlatformRole Role(string text) => Enum.Parse<PlatformRole>(text, ignoreCase: true);

    public static string Text(PlatformRole role) => ObjectAt.Wire(role);

    /// <summary>The person as an actor of its own, before a session carries it: for the trail.</summary>
    public static Actor Actor(UserId id, Origin? from) =>
        new(ActorKind.User, id.ToString(), null) { User = id, Origin = from, IsFresh = false, IsVerified = false };
}
