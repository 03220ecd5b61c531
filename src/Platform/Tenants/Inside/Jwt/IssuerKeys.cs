using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Npgsql;
using Sluice.Kernel;
using Sluice.Platform.Audit;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>
/// The keys with which this installation signs (ECDSA, P-256). The private half lies in the database sealed with the key ring,
/// and only what opens counts: who can write to the database alone makes no key that is believed.
/// </summary>
internal sealed class IssuerKeys(
    NpgsqlDataSource source, IUnitsOfWork units, IAudit audit, ISecretBox box, IOptions<AccessTokensOptions> options,
    TimeProvider time) : ISigningKeys
{
    // How long another process may not know of a key; a withdrawn one is looked up at every request.
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromSeconds(1);

    private const string Columns = "id, created_at, signs_from, withdrawn_at, sealed";

    private volatile KnownKeys _known = new([], DateTimeOffset.MinValue);

    /// <summary>The key that signs now, made at first need; one that comes after it is made in time.</summary>
    public async Task<IssuerKey> Signing(CancellationToken ct)
    {
        // As the database has it: what is signed with a key that was just withdrawn would open nothing.
        var known = await Known(TimeSpan.Zero, ct);
        if (IsWanting(known))
        {
            var made = await units.Write<Done>(null, work => MakeDue(work, ct), ct);
            if (!made.Ok) throw new InvalidOperationException(made.Refusal.Message);
            known = await Known(TimeSpan.Zero, ct);
        }
        var id = KeySchedule.Signing(known.Times, time.GetUtcNow());
        return known.All.First(key => key.Times.Id == id);
    }

    /// <summary>A key whose tokens are taken; null where there is none of this id.</summary>
    public async Task<VerifyingKey?> Verifying(string id, CancellationToken ct)
    {
        var known = await Known(KnownFor, ct);
        // Another process may have made it just now. Who invents ids has the database asked once a second.
        if (!known.All.Any(key => key.Times.Id == id)) known = await Known(AskedAgainAfter, ct);
        var found = known.All.FirstOrDefault(key => key.Times.Id == id);
        return found is not null && IsTaken(found.Times, known.Times) ? found.Public : null;
    }

    /// <summary>The keys to publish: those that sign, will sign, or signed what may still be in use.</summary>
    public async Task<IReadOnlyList<VerifyingKey>> Published(CancellationToken ct)
    {
        if (IsWanting(await Known(KnownFor, ct))) await Signing(ct);
        var known = _known;
        return [.. known.All.Where(key => IsTaken(key.Times, known.Times)).Select(key => key.Public)];
    }

    public async Task<Result<IReadOnlyList<SigningKeyState>>> List(Actor actor, CancellationToken ct = default)
    {
        if (actor.Check(Permission.SettingsRead) is { } refusal) return refusal;
        var known = await Known(TimeSpan.Zero, ct);
        return known.All.Select(key => StateOf(key.Times, known.Times)).ToList();
    }

    public async Task<Result<SigningKeyState>> Rotate(bool withdraw, Actor actor, CancellationToken ct = default)
    {
        if (actor.Check(Permission.SettingsWrite, fresh: true) is { } refusal) return refusal;
        var rotated = await units.Write<string>(null, async work =>
        {
            await Hold(work, ct);
            // Later than every other, by the least that the database keeps: of two at once, both sign in turn.
            var now = time.GetMicros();
            var last = (await Read(work.Statement($"SELECT {Columns} FROM tenants.signing_keys ORDER BY signs_from, id"), ct))
                .Where(key => key.Times.WithdrawnAt is null && key.Times.SignsFrom <= now).Select(key => key.Times.SignsFrom)
                .DefaultIfEmpty(now).Max();
            var from = last >= now ? last.AddMicroseconds(1) : now;
            // What waits to sign would take over from the new key: it is as old as what is left behind.
            await work.Execute(
                "UPDATE tenants.signing_keys SET withdrawn_at = $1 WHERE withdrawn_at IS NULL AND (signs_from > $2 OR $3)",
                [now, now, withdraw], ct);
            var id = await Make(from, work, ct);
            await audit.Record(
                new AuditEvent(
                    actor, "tenants.signing-key.rotate", id, null, null,
                    JsonSerializer.Serialize(new { Withdrawn = withdraw }, Http.Json)), work, ct);
            return id;
        }, ct);
        if (!rotated.Ok) return rotated.Refusal;
        var known = await Known(TimeSpan.Zero, ct);
        return StateOf(known.Times.First(key => key.Id == rotated.Value), known.Times);
    }

    private bool IsWanting(KnownKeys known) =>
        KeySchedule.Due(known.Times, TimeSpan.FromDays(options.Value.KeyDays), time.GetUtcNow()) is not null;

    private bool IsTaken(KeyTimes key, IReadOnlyList<KeyTimes> keys) =>
        KeySchedule.StateOf(key, keys, time.GetUtcNow()) is KeyState.Next or KeyState.Signs or KeyState.Verifies;

    private SigningKeyState StateOf(KeyTimes key, IReadOnlyList<KeyTimes> keys) => new(
        key.Id, key.CreatedAt, key.SignsFrom, key.WithdrawnAt,
        JsonNamingPolicy.CamelCase.ConvertName(KeySchedule.StateOf(key, keys, time.GetUtcNow()).ToString()));

    private async Task<Result<Done>> MakeDue(UnitOfWork work, CancellationToken ct)
    {
        await Hold(work, ct);
        var keys = await Read(work.Statement($"SELECT {Columns} FROM tenants.signing_keys ORDER BY signs_from, id"), ct);
        var now = time.GetMicros();
        // Another process was faster.
        if (KeySchedule.Due([.. keys.Select(key => key.Times)], TimeSpan.FromDays(options.Value.KeyDays), now) is not { } from)
            return new Done();
        var id = await Make(Sql.Micros(from), work, ct);
        await audit.Record(
            new AuditEvent(Actor.System, "tenants.signing-key.create", id, null, null,
                JsonSerializer.Serialize(new { SignsFrom = from }, Http.Json)), work, ct);
        return new Done();
    }

    private async Task<string> Make(DateTimeOffset from, UnitOfWork work, CancellationToken ct)
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var id = IdOf(made.ExportParameters(includePrivateParameters: false).Q);
        await work.Execute(
            "INSERT INTO tenants.signing_keys (id, created_at, signs_from, sealed) VALUES ($1, $2, $3, $4)",
            [id, time.GetMicros(), from, box.Seal(Convert.ToBase64String(made.ExportPkcs8PrivateKey()), Context(id))], ct);
        return id;
    }

    private static Task<int> Hold(UnitOfWork work, CancellationToken ct) =>
        work.Execute("SELECT pg_advisory_xact_lock(hashtext('tenants.signing_keys'))", [], ct);

    private async Task<KnownKeys> Known(TimeSpan age, CancellationToken ct)
    {
        var known = _known;
        var now = time.GetUtcNow();
        if (now - known.At < age) return known;
        var keys = await Read(source.Statement($"SELECT {Columns} FROM tenants.signing_keys ORDER BY signs_from, id"), ct);
        return _known = new KnownKeys(keys, now);
    }

    private async Task<List<IssuerKey>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        var rows = await command.Rows(row => (
            Times: new KeyTimes(
                row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset>(2),
                row.Optional<DateTimeOffset?>(3)),
            Sealed: row.GetString(4)), ct);
        return [.. rows.Select(row => Open(row.Times, row.Sealed)).OfType<IssuerKey>()];
    }

    private IssuerKey? Open(KeyTimes times, string @sealed)
    {
        // Opened once: the key is bound to its id, and the row's times are what changes.
        if (_known.All.FirstOrDefault(key => key.Times.Id == times.Id && key.Sealed == @sealed) is { } opened)
            return opened with { Times = times };
        if (!box.TryOpen(@sealed, Context(times.Id), out var plain)) return null;
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(plain), out _);
        var parameters = key.ExportParameters(includePrivateParameters: true);
        var signs = JsonKeys.PublicCurve(times.Id, parameters.Q.X!, parameters.Q.Y!);
        signs.D = Base64Url.EncodeToString(parameters.D);
        return new IssuerKey(
            times, @sealed, new SigningCredentials(signs, JsonKeys.Es256),
            new VerifyingKey(times.Id, JsonKeys.Es256, JsonKeys.PublicCurve(times.Id, parameters.Q.X!, parameters.Q.Y!)));
    }

    private static string Context(string id) => $"tenants.signing_keys/{id}";

    // The thumbprint (RFC 7638): the same key has one name everywhere, and no two have the same.
    private static string IdOf(ECPoint point)
    {
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        return Base64Url.EncodeToString(SHA256.HashData(
            Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}""")));
    }

    private sealed record KnownKeys(IReadOnlyList<IssuerKey> All, DateTimeOffset At)
    {
        public IReadOnlyList<KeyTimes> Times { get; } = [.. All.Select(key => key.Times)];
    }
}

/// <summary>One key of this installation, opened.</summary>
internal sealed record IssuerKey(KeyTimes Times, string Sealed, SigningCredentials Credentials, VerifyingKey Public);
