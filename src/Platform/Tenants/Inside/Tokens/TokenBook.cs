using System.Text.Json;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Tokens;

internal sealed class TokenBook(
    NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, TimeProvider time)
{
    private const int TokensMax = 100;

    public static readonly Refusal Unknown = Refusal.NotFound("tenants.token-unknown", "There is no such token.");

    public Task<Result<IssuedToken>> Create(TokenRequest request, Actor actor, UnitOfWork? work, CancellationToken ct) =>
        units.Write<IssuedToken>(work, async work =>
        {
            var refusal = await Refuse(request, actor, work, ct);
            if (refusal is not null) return refusal;
            var name = Names.Check(request.Name);
            if (!name.Ok) return name.Refusal;

            var secret = KeyText.New(KeyTextKind.Access);
            var expires = request.ExpiresAt is { } at ? Sql.Micros(at) : (DateTimeOffset?)null;
            var issued = new IssuedToken(WireId.New<TokenId>(), request.Organization, name.Value, secret, expires);
            await work.Execute("""
                INSERT INTO tenants.tokens (id, organization_id, name, hint, hash, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                [
                    issued.Id.Value, request.Organization?.Value, issued.Name, KeyText.Hint(secret), Hash(secret),
                    time.GetMicros(), issued.ExpiresAt,
                ], ct);
            await audit.Record(
                new AuditEvent(
                    actor, "tenants.token.create", issued.Id.ToString(), request.Organization, null,
                    JsonSerializer.Serialize(new { issued.Name, issued.Organization, issued.ExpiresAt }, Http.Json)), work, ct);
            return issued;
        }, ct);

    public Task<Result<Done>> Revoke(TokenId id, Actor actor, UnitOfWork? work, CancellationToken ct) =>
        units.Write<Done>(work, async work =>
        {
            var found = await work.Statement(
                "SELECT organization_id, revoked_at IS NOT NULL FROM tenants.tokens WHERE id = $1 FOR UPDATE", id.Value)
                .Row(row => new Owner(row.Optional<Guid?>(0), row.GetBoolean(1)), ct);
            if (found is null) return Unknown;
            if (Manages(actor, found.Organization) is { } closed) return closed;
            if (found.Revoked) return new Done();
            await work.Execute("UPDATE tenants.tokens SET revoked_at = $2 WHERE id = $1", [id.Value, time.GetMicros()], ct);
            var organization = found.Organization is { } of ? new OrganizationId(of) : (OrganizationId?)null;
            await audit.Record(
                new AuditEvent(actor, "tenants.token.revoke", id.ToString(), organization, null, null), work, ct);
            return new Done();
        }, ct);

    public async Task<Actor?> Authenticate(string token, CancellationToken ct)
    {
        // A text that cannot be a token never reaches the database.
        var hash = new byte[KeyText.HashSize];
        if (!KeyText.TryHash(token, hash, out var kind) || kind != KeyTextKind.Access) return null;
        var found = await source.Statement("""
            SELECT t.id, t.organization_id FROM tenants.tokens t LEFT JOIN tenants.organizations o ON o.id = t.organization_id
            WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
                AND o.suspended_at IS NULL
            """, hash, time.GetMicros())
            .Row(row => new Found(new TokenId(row.GetGuid(0)), row.Optional<Guid?>(1)), ct);
        if (found is null) return null;
        return found.Organization is { } organization
            ? new Actor(ActorKind.Organization, found.Id.ToString(), new OrganizationId(organization)) { Token = found.Id }
            : new Actor(ActorKind.Operator, found.Id.ToString(), null) { Token = found.Id };
    }

    private async Task<Refusal?> Refuse(TokenRequest request, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (request.Organization is not { } organization)
        {
            if (actor.Check(Permission.OperatorTokensWrite, fresh: true) is { } closed) return closed;
        }
        else
        {
            var unknown = Refusals.NoOrganization(organization.ToString());
            if (actor.Check(Permission.TokensWrite, organization, unknown, fresh: true) is { } closed) return closed;
            if (await OrganizationBook.Find(organization, work, ct) is null) return unknown;
        }
        if (request.ExpiresAt is { } expires && expires <= time.GetUtcNow())
            return Refusal.Invalid("tenants.expiry-past", "The token would have expired already: give a later time, or none.");

        // Two at once may pass the count together and exceed it by one: a bound on growth, not a sold limit.
        var held = await work.Statement("""
            SELECT count(*) FROM tenants.tokens
            WHERE organization_id IS NOT DISTINCT FROM $1::uuid AND revoked_at IS NULL
              AND (expires_at IS NULL OR expires_at > $2)
            """, request.Organization?.Value, time.GetMicros()).Row(row => row.GetInt64(0), ct);
        return held < TokensMax
            ? null
            : Refusal.Conflict("tenants.tokens-max", $"There are {TokensMax} tokens already: revoke one that is not used.");
    }

    private static Refusal? Manages(Actor actor, Guid? organization) => organization is { } id
        ? actor.Check(Permission.TokensWrite, new OrganizationId(id), Unknown)
        : actor.May(Permission.OperatorTokensWrite) ? null
        : actor.May(Permission.OperatorTokensRead) ? Refusals.Denied(Permission.OperatorTokensWrite)
        : Unknown;

    private static byte[] Hash(string secret)
    {
        var hash = new byte[KeyText.HashSize];
        return KeyText.TryHash(secret, hash, out _)
            ? hash
            : throw new System.Diagnostics.UnreachableException("A token just made is well-formed.");
    }

    private sealed record Owner(Guid? Organization, bool Revoked);

    private sealed record Found(TokenId Id, Guid? Organization);
}
