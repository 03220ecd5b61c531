using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.Organizations;

namespace Sluice.Platform.Tenants.Inside.Tokens;

internal sealed class TokenBook(NpgsqlDataSource source, IUnitsOfWork units, TenantTrail trail, TimeProvider time) : ITokens
{
    public const int PageMax = 200;
    private const int TokensMax = 100;

    public static readonly Refusal Unknown = Refusal.NotFound("tenants.token-unknown", "There is no such token.");

    private static readonly Refusal Full = Refusal.Conflict(
        "tenants.tokens-max", $"There are {TokensMax} tokens already: revoke one that is not used.");

    private static readonly Refusal Wide = new(
        "tenants.scopes-wide", "A token gives on what it has and no more: name scopes that are among its own.", 403);

    public Task<Result<IssuedToken>> Create(TokenRequest request, Actor actor, UnitOfWork? work, CancellationToken ct) =>
        units.Write<IssuedToken>(work, async work =>
        {
            var kind = request.Kind ?? (request.Organization is null ? TokenKind.Operator : TokenKind.Organization);
            if (await Refuse(kind, request, actor, work, ct) is { } refusal) return refusal;
            var name = Names.Check(request.Name);
            if (!name.Ok) return name.Refusal;
            var owner = new TokenOwner(kind, request.Organization, kind == TokenKind.Personal ? actor.User : null);
            if (await IsFull(owner, work, ct)) return Full;

            var secret = KeyText.New(KeyTextKind.Access);
            var expires = request.ExpiresAt is { } at ? Sql.Micros(at) : (DateTimeOffset?)null;
            var issued = new IssuedToken(
                WireId.New<TokenId>(), owner.Organization, name.Value, secret, expires, kind, request.Scopes);
            await work.Execute("""
                INSERT INTO tenants.tokens (
                    id, organization_id, user_id, name, hint, hash, created_at, expires_at, scopes)
                VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8::timestamptz, $9::text[])
                """,
                [
                    issued.Id.Value, owner.Organization?.Value, owner.User?.Value, issued.Name, KeyText.Hint(secret),
                    Hash(secret), time.GetMicros(), issued.ExpiresAt, ScopeText.Write(request.Scopes),
                ], ct);
            await trail.Record(
                work, actor, "tenants.token.create", issued.Id.ToString(), owner.Organization, null,
                new { issued.Name, issued.Kind, issued.Organization, owner.User, issued.Scopes, issued.ExpiresAt }, ct);
            return issued;
        }, ct);

    public Task<Result<Done>> Revoke(TokenId id, Actor actor, UnitOfWork? work, CancellationToken ct) =>
        units.Write<Done>(work, async work =>
        {
            var found = await work.Statement(
                "SELECT organization_id, user_id, revoked_at IS NOT NULL FROM tenants.tokens WHERE id = $1 FOR UPDATE", id.Value)
                .Row(row => new Revocable(TokenOwner.Of(row.Optional<Guid?>(0), row.Optional<Guid?>(1)), row.GetBoolean(2)), ct);
            if (found is null) return Unknown;
            if (Manages(actor, found.Owner) is { } closed) return closed;
            if (found.Revoked) return new Done();
            await work.Execute("UPDATE tenants.tokens SET revoked_at = $2 WHERE id = $1", [id.Value, time.GetMicros()], ct);
            await trail.Record(work, actor, "tenants.token.revoke", id.ToString(), found.Owner.Organization, null, null, ct);
            return new Done();
        }, ct);

    public async Task<Result<IReadOnlyList<AccessToken>>> List(
        TokenKind kind, OrganizationId? organization, Actor actor, TokenId? after = null, int limit = PageMax,
        CancellationToken ct = default)
    {
        var owner = new TokenOwner(kind, kind == TokenKind.Organization ? organization : null, actor.User);
        if (Sees(actor, owner) is { } closed) return closed;
        return await source.Statement("""
            SELECT id, organization_id, user_id, name, hint, scopes, created_at, expires_at, last_used_at FROM tenants.tokens
            WHERE revoked_at IS NULL AND ($4::uuid IS NULL OR id > $4)
                AND CASE WHEN $1::uuid IS NOT NULL THEN organization_id = $1 AND user_id IS NULL
                    WHEN $2::uuid IS NOT NULL THEN user_id = $2
                    ELSE organization_id IS NULL AND user_id IS NULL END
            ORDER BY id LIMIT $3
            """,
            owner.Organization?.Value, kind == TokenKind.Personal ? actor.User!.Value.Value : null,
            Math.Clamp(limit, 1, PageMax + 1), after?.Value).Rows(Read, ct);
    }

    private async Task<Refusal?> Refuse(
        TokenKind kind, TokenRequest request, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (await MayMake(kind, request.Organization, actor, work, ct) is { } closed) return closed;
        if (ScopeText.Fault(request.Scopes, kind) is { } fault) return fault;
        // Whoever was narrowed gives on no more than it has.
        if (actor.Scopes is { } own && (request.Scopes is null || !request.Scopes.All(own.Contains))) return Wide;
        return request.ExpiresAt is { } expires && expires <= time.GetUtcNow()
            ? Refusal.Invalid("tenants.expiry-past", "The token would have expired already: give a later time, or none.")
            : null;
    }

    private static async Task<Refusal?> MayMake(
        TokenKind kind, OrganizationId? organization, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (kind == TokenKind.Operator)
            return actor.Check(Permission.OperatorTokensWrite, fresh: true)
                ?? (organization is null ? null : ScopeText.NoOrganization);
        var unknown = Refusals.NoOrganization(organization?.ToString() ?? "");
        if (kind == TokenKind.Personal)
        {
            if (actor.Check(Permission.SelfSecurity, fresh: true) is { } closed) return closed;
            // It would still stand when somebody else proves the address.
            if (!actor.IsVerified) return Refusals.Unverified;
            return organization is { } bound && !actor.Memberships.ContainsKey(bound) ? unknown : null;
        }
        if (organization is not { } of) return unknown;
        if (actor.Check(Permission.TokensWrite, of, unknown, fresh: true) is { } denied) return denied;
        return await OrganizationBook.Find(of, work, ct) is null ? unknown : null;
    }

    // Two at once may pass the count together and exceed it by one: a bound on growth, not a sold limit.
    private async Task<bool> IsFull(TokenOwner owner, UnitOfWork work, CancellationToken ct) => await work.Statement("""
        SELECT count(*) FROM tenants.tokens
        WHERE user_id IS NOT DISTINCT FROM $1::uuid AND ($1::uuid IS NOT NULL OR organization_id IS NOT DISTINCT FROM $2::uuid)
          AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
        """, owner.User?.Value, owner.Organization?.Value, time.GetMicros())
        .Row(row => row.GetInt64(0), ct) >= TokensMax;

    private static Refusal? Manages(Actor actor, TokenOwner owner) => owner.Kind switch
    {
        TokenKind.Organization => actor.Check(Permission.TokensWrite, owner.Organization!.Value, Unknown),
        TokenKind.Operator => actor.May(Permission.OperatorTokensWrite) ? null
            : actor.May(Permission.OperatorTokensRead) ? Refusals.Denied(Permission.OperatorTokensWrite)
            : Unknown,
        // One's own, from a session; an operator ends anybody's.
        _ => actor.User == owner.User && actor.User is not null ? actor.Check(Permission.SelfSecurity)
            : actor.May(Permission.UsersWrite) ? null
            : actor.May(Permission.UsersRead) ? Refusals.Denied(Permission.UsersWrite)
            : Unknown,
    };

    private static Refusal? Sees(Actor actor, TokenOwner owner) => owner.Kind switch
    {
        TokenKind.Organization when owner.Organization is { } of =>
            actor.Check(Permission.TokensRead, of, Refusals.NoOrganization(of.ToString())),
        TokenKind.Organization => Refusals.NoOrganization(""),
        TokenKind.Operator => actor.Check(Permission.OperatorTokensRead),
        _ => actor.Check(Permission.SelfRead),
    };

    public static byte[] Hash(string secret)
    {
        var hash = new byte[KeyText.HashSize];
        return KeyText.TryHash(secret, hash, out _)
            ? hash
            : throw new System.Diagnostics.UnreachableException("A token just made is well-formed.");
    }

    private static AccessToken Read(NpgsqlDataReader row)
    {
        var owner = TokenOwner.Of(row.Optional<Guid?>(1), row.Optional<Guid?>(2));
        return new AccessToken(
            new TokenId(row.GetGuid(0)), owner.Kind, owner.Organization, owner.User, row.GetString(3), row.GetString(4),
            ScopeText.Read(row.Optional<string[]>(5)), row.GetFieldValue<DateTimeOffset>(6),
            row.Optional<DateTimeOffset?>(7), row.Optional<DateTimeOffset?>(8));
    }

    private sealed record Revocable(TokenOwner Owner, bool Revoked);
}

/// <summary>Whose a token is, as its row says it.</summary>
internal readonly record struct TokenOwner(TokenKind Kind, OrganizationId? Organization, UserId? User)
{
    public static TokenOwner Of(Guid? organization, Guid? user) => new(
        user is not null ? TokenKind.Personal : organization is not null ? TokenKind.Organization : TokenKind.Operator,
        organization is { } of ? new OrganizationId(of) : null, user is { } by ? new UserId(by) : null);
}
