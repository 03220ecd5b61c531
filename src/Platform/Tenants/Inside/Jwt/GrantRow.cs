using System.Collections.Frozen;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>A grant as it stands in its table.</summary>
internal sealed record GrantRow(
    TokenId Id, UserId User, SessionId? Session, TokenId? Token, OrganizationId? Organization, IReadOnlySet<Permission>? Scopes,
    DateTimeOffset ExpiresAt, int Refreshes, DateTimeOffset CreatedAt)
{
    // As long as a session counts as fresh after its person proved who it is, which beginning a grant asks for.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    public const string Columns = """
        g.id, g.user_id, g.session_id, g.token_id, t.organization_id, g.scopes, g.expires_at, g.refreshes, g.created_at
        """;

    /// <summary>Grants with what they came from, which must not have ended; <c>$1</c> is now.</summary>
    public const string FromLive = """
        FROM tenants.grants g
        JOIN tenants.users u ON u.id = g.user_id
        LEFT JOIN tenants.sessions s ON s.id = g.session_id
        LEFT JOIN tenants.tokens t ON t.id = g.token_id
        LEFT JOIN tenants.organizations o ON o.id = t.organization_id
        WHERE g.revoked_at IS NULL AND g.expires_at > $1 AND u.suspended_at IS NULL AND o.shut IS NOT TRUE
          AND (g.session_id IS NULL OR (s.revoked_at IS NULL AND s.expires_at > $1))
          AND (g.token_id IS NULL OR (t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $1)))
        """;

    public static GrantRow Read(NpgsqlDataReader row) => new(
        new TokenId(row.GetGuid(0)), new UserId(row.GetGuid(1)),
        row.Optional<Guid?>(2) is { } session ? new SessionId(session) : null,
        row.Optional<Guid?>(3) is { } token ? new TokenId(token) : null,
        row.Optional<Guid?>(4) is { } organization ? new OrganizationId(organization) : null,
        row.Optional<string[]>(5) is { } scopes ? scopes.Select(Access.Find).OfType<Permission>().ToFrozenSet() : null,
        row.GetFieldValue<DateTimeOffset>(6), row.GetInt32(7), row.GetFieldValue<DateTimeOffset>(8));

    /// <summary>The person as this grant lets a program act for it; null where it lets nobody any more.</summary>
    public Actor? Narrow(Actor person, IReadOnlySet<Permission>? scopes, DateTimeOffset now, Origin from)
    {
        var actor = person with
        {
            Token = Id,
            Scopes = scopes ?? Scopes,
            // What came of a long-lived token counts as that token does; a session's proof grows old.
            IsFresh = Token is not null || now - CreatedAt < Fresh,
            Origin = from,
        };
        if (Organization is not { } bound) return actor;
        // As the token that it came from: nothing elsewhere, and nothing at all once the person has left.
        return person.RoleIn(bound) is not { } role ? null : actor with
        {
            Platform = PlatformRole.None,
            Memberships = new Dictionary<OrganizationId, OrganizationRole> { [bound] = role },
        };
    }
}
