using System.Collections.Frozen;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Tokens;

/// <summary>
/// Who stands behind a token: looked up at every request, so that what was revoked, suspended or taken away is gone at once.
/// </summary>
internal sealed class TokenDoor(NpgsqlDataSource source, Memberships memberships, TimeProvider time)
{
    private static readonly TimeSpan NotedEvery = TimeSpan.FromMinutes(1);

    public async Task<Actor?> Authenticate(string token, CancellationToken ct)
    {
        // A text that cannot be a token never reaches the database.
        var hash = new byte[KeyText.HashSize];
        if (!KeyText.TryHash(token, hash, out var kind) || kind != KeyTextKind.Access) return null;
        var now = time.GetMicros();
        var found = await source.Statement("""
            SELECT t.id, t.organization_id, t.user_id, t.scopes, t.last_used_at
            FROM tenants.tokens t LEFT JOIN tenants.organizations o ON o.id = t.organization_id
            WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
                AND o.shut IS NOT TRUE
            """, hash, now)
            .Row(row => new Found(
                new TokenId(row.GetGuid(0)), TokenOwner.Of(row.Optional<Guid?>(1), row.Optional<Guid?>(2)),
                ScopeText.Read(row.Optional<string[]>(3)), row.Optional<DateTimeOffset?>(4)), ct);
        if (found is null || await ActorOf(found, ct) is not { } actor) return null;
        if (found.LastUsedAt is not { } last || now - last >= NotedEvery) await Note(found.Id, now, ct);
        return actor with { Token = found.Id, Scopes = found.Scopes?.ToFrozenSet() };
    }

    private async Task<Actor?> ActorOf(Found found, CancellationToken ct)
    {
        var owner = found.Owner;
        if (owner.Kind == TokenKind.Operator) return new Actor(ActorKind.Operator, found.Id.ToString(), null);
        if (owner.Kind == TokenKind.Organization)
            return new Actor(ActorKind.Organization, found.Id.ToString(), owner.Organization);
        var person = await memberships.Person(owner.User!.Value, ct);
        if (person is null || owner.Organization is not { } bound) return person;
        // Bound to one organization, a token has nothing elsewhere, and nothing at all once the person has left.
        return person.RoleIn(bound) is { } role
            ? person with
            {
                Platform = PlatformRole.None,
                Memberships = new Dictionary<OrganizationId, OrganizationRole> { [bound] = role },
            }
            : null;
    }

    private async Task Note(TokenId id, DateTimeOffset now, CancellationToken ct)
    {
        // Several requests at once: one of them notes.
        await using var command = source.Statement("""
            UPDATE tenants.tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)
            """, id.Value, now, now - NotedEvery);
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record Found(TokenId Id, TokenOwner Owner, IReadOnlyList<Permission>? Scopes, DateTimeOffset? LastUsedAt);
}
