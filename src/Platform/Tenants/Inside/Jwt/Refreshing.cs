using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Jobs;
using Sluice.Platform.Tenants.Inside.Sessions;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>
/// Trades a refresh token for its successor. Each works once. One that comes again was copied, and then nobody knows who holds
/// the right one: the grant ends, all of it. An answer that was lost on its way is no copy: for a few seconds, and as long as
/// nobody used the successor, the same token gets the same successor again.
/// </summary>
internal sealed class Refreshing(
    GrantBook grants, IUnitsOfWork units, ISecretBox box, IOutbox outbox, IOptions<AccessTokensOptions> options,
    TimeProvider time)
{
    // A client that needs more in the life of a grant goes round in a circle.
    private const int RefreshesMax = 5000;

    public async Task<Result<Refreshed>> Refresh(string token, string? scope, Origin from, CancellationToken ct)
    {
        if (GrantBook.Hash(token) is not { } hash) return TokenRefusals.Grant;
        // A refusal that ends the grant is committed too, so it travels as a value.
        var outcome = await units.Write<Result<Refreshed>>(null, async work =>
        {
            var refreshed = await Refresh(hash, scope, from, work, ct);
            return refreshed;
        }, ct);
        return outcome.Ok ? outcome.Value : outcome.Refusal;
    }

    private async Task<Result<Refreshed>> Refresh(byte[] hash, string? scope, Origin from, UnitOfWork work, CancellationToken ct)
    {
        var now = time.GetMicros();
        // The row of the grant puts all its refreshes in one order.
        var id = await work.Statement("""
            SELECT g.id FROM tenants.refresh_tokens r JOIN tenants.grants g ON g.id = r.grant_id WHERE r.hash = $1 FOR UPDATE OF g
            """, hash).Row(row => row.GetGuid(0), ct);
        if (id == default) return TokenRefusals.Grant;
        var grant = await work.Statement($"SELECT {GrantRow.Columns} {GrantRow.FromLive} AND g.id = $2", now, id)
            .Row(GrantRow.Read, ct);
        if (grant is null) return TokenRefusals.Grant;
        var held = await work.Statement(
            "SELECT used_at, expires_at, successor FROM tenants.refresh_tokens WHERE hash = $1", hash)
            .Row(row => new Held(
                row.Optional<DateTimeOffset?>(0), row.GetFieldValue<DateTimeOffset>(1), row.Optional<string>(2)), ct);
        var scopes = ScopeText.Narrow(scope, grant.Scopes);
        if (held!.UsedAt is { } used)
        {
            if (Again(held, used, hash, now) is { } successor)
                return scopes.Ok ? new Refreshed(grant, scopes.Value.Scopes, successor) : scopes.Refusal;
            await EndReused(grant, from, work, ct);
            return TokenRefusals.Grant;
        }
        if (held.ExpiresAt <= now) return TokenRefusals.Grant;
        if (!scopes.Ok) return scopes.Refusal;
        if (grant.Refreshes >= RefreshesMax)
        {
            await grants.End(grant.Id, "worn", GrantBook.Holder(grant.User, grant.Id, from), work, ct);
            return TokenRefusals.Grant;
        }
        return new Refreshed(grant, scopes.Value.Scopes, await Succeed(grant, hash, now, work, ct));
    }

    private async Task<string> Succeed(GrantRow grant, byte[] hash, DateTimeOffset now, UnitOfWork work, CancellationToken ct)
    {
        var next = await grants.Add(grant, now, work, ct);
        // Whoever uses this one has received it: its predecessor is given no answer any more.
        await work.Execute(
            "UPDATE tenants.refresh_tokens SET successor = NULL WHERE grant_id = $1 AND successor IS NOT NULL",
            [grant.Id.Value], ct);
        await work.Execute(
            "UPDATE tenants.refresh_tokens SET used_at = $2, successor = $3 WHERE hash = $1",
            [hash, now, options.Value.RefreshGraceSeconds == 0 ? null : box.Seal(next, Context(hash))], ct);
        await work.Execute(
            "UPDATE tenants.grants SET last_used_at = $2, refreshes = refreshes + 1 WHERE id = $1", [grant.Id.Value, now], ct);
        return next;
    }

    private string? Again(Held held, DateTimeOffset used, byte[] hash, DateTimeOffset now) =>
        now - used < TimeSpan.FromSeconds(options.Value.RefreshGraceSeconds)
        && held.Successor is { } successor && box.TryOpen(successor, Context(hash), out var next)
            ? next
            : null;

    private async Task EndReused(GrantRow grant, Origin from, UnitOfWork work, CancellationToken ct)
    {
        await grants.End(grant.Id, "reused", GrantBook.Holder(grant.User, grant.Id, from), work, ct);
        var user = await work.Statement("SELECT email, name FROM tenants.users WHERE id = $1", grant.User.Value)
            .Row(row => (Email: row.GetString(0), Name: row.GetString(1)), ct);
        await outbox.Record(
            new MailWanted(user.Email, MailTemplates.TokenReused, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["name"] = user.Name,
                ["device"] = DeviceWords.Of(from.Agent),
                ["network"] = from.IpPrefix ?? "",
            }), work, ct);
    }

    private static string Context(byte[] hash) => $"tenants.refresh_tokens/{Convert.ToHexStringLower(hash)}";

    private sealed record Held(DateTimeOffset? UsedAt, DateTimeOffset ExpiresAt, string? Successor);
}

/// <param name="Grant">Of which grant.</param>
/// <param name="Scopes">What the access token is narrowed to.</param>
/// <param name="RefreshToken">The successor.</param>
internal sealed record Refreshed(GrantRow Grant, IReadOnlySet<Permission>? Scopes, string RefreshToken);
