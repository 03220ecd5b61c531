using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Providers;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>What lists and operators are told of people besides their accounts.</summary>
internal sealed class UserFacts(NpgsqlDataSource source, ProviderBook providers, IAudit audit)
{
    /// <summary>What those are called whom the actor may see, in one question.</summary>
    public async Task<IReadOnlyDictionary<UserId, string>> Names(
        IReadOnlyCollection<UserId> users, Actor actor, CancellationToken ct)
    {
        if (users.Count == 0) return new Dictionary<UserId, string>();
        var organizations = actor.Memberships.Keys.Append(actor.Organization ?? default)
            .Where(organization => actor.May(Permission.MembersRead, organization)).Select(organization => organization.Value);
        var rows = await source.Statement("""
            SELECT u.id, u.name FROM tenants.users u
            WHERE u.id = ANY($1) AND ($2 OR u.id = $3 OR EXISTS (
                SELECT FROM tenants.members m WHERE m.user_id = u.id AND m.organization_id = ANY($4)))
            """,
            users.Select(user => user.Value).Distinct().ToArray(), actor.May(Permission.UsersRead), actor.User?.Value,
            organizations.ToArray())
            .Rows(row => (Id: new UserId(row.GetGuid(0)), Name: row.GetString(1)), ct);
        return rows.ToDictionary(row => row.Id, row => row.Name);
    }

    /// <summary>How somebody gets in, for who may see all users.</summary>
    public async Task<Result<WaysIn>> Ways(UserId user, Actor actor, CancellationToken ct)
    {
        if (actor.Check(Permission.UsersRead) is { } refusal) return refusal;
        var found = await source.Statement("""
            SELECT u.password_hash IS NOT NULL, u.totp_secret IS NOT NULL,
                (SELECT count(*)::int FROM tenants.passkeys WHERE user_id = u.id),
                (SELECT count(*)::int FROM tenants.wallets WHERE user_id = u.id),
                ARRAY(SELECT DISTINCT provider FROM tenants.logins WHERE user_id = u.id ORDER BY provider)
            FROM tenants.users u WHERE u.id = $1 AND u.deleted_at IS NULL
            """, user.Value).Row(row => new WaysIn(
                row.GetBoolean(0), row.GetBoolean(1), row.GetInt32(2), row.GetInt32(3), row.GetFieldValue<string[]>(4)), ct);
        if (found is null) return UserRows.Unknown;
        await audit.RecordRead(actor, "tenants.user.read", user.ToString(), null, ct);
        return found with { Providers = [.. found.Providers.Select(issuer => providers.OfIssuer(issuer)?.Label ?? issuer)] };
    }
}
