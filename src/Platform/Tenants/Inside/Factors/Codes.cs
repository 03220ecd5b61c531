using System.Globalization;
using System.Security.Cryptography;
using Sluice.Kernel;
using Sluice.Platform.Tenants.Inside.SignIn;

namespace Sluice.Platform.Tenants.Inside.Factors;

/// <summary>Keeps and checks codes: the secret of an app is sealed, a recovery code is hashed, and either counts once.</summary>
internal sealed class Codes(ISecretBox box, Attempts attempts, TimeProvider time)
{
    private static readonly TimeSpan PendingKept = TimeSpan.FromHours(1);

    /// <summary>Counts an attempt of the signed-in actor to guess a code; the refusal where there were too many.</summary>
    public Task<Refusal?> Guard(Actor actor, CancellationToken ct) =>
        attempts.Take(Guesses(actor.User?.ToString() ?? "", actor.Origin), ct);

    /// <summary>One that fitted begins anew.</summary>
    public Task Forget(Actor actor, CancellationToken ct) =>
        attempts.Clear(Guesses(actor.User?.ToString() ?? "", actor.Origin), ct);

    public static Counter[] Guesses(string user, Origin? from) =>
        [AttemptLimits.Pair("code", user, from ?? new Origin(null, null, null)), AttemptLimits.Anywhere("code", user)];

    /// <summary>
    /// Keeps a secret until a code of it comes, for the session that asked and for an hour: a secret that somebody else had
    /// shown to him must not be the one that its owner confirms later.
    /// </summary>
    public Task KeepPending(UserId user, byte[] secret, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        var until = (time.GetUtcNow() + PendingKept).ToUnixTimeSeconds();
        var text = string.Create(CultureInfo.InvariantCulture, $"{Convert.ToBase64String(secret)} {until} {Place(actor)}");
        return work.Execute(
            "UPDATE tenants.users SET totp_pending = $2 WHERE id = $1", [user.Value, box.Seal(text, PendingContext(user))], ct);
    }

    /// <summary>The secret that waits for a code from this session; null where none does.</summary>
    public async Task<byte[]?> Pending(UserId user, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        var kept = await work.Statement("SELECT totp_pending FROM tenants.users WHERE id = $1", user.Value)
            .Row(row => row.Optional<string>(0), ct);
        // What an older version kept opens no more: it is begun again.
        if (kept is null || !box.TryOpen(kept, PendingContext(user), out var text)) return null;
        var parts = text.Split(' ');
        var waits = long.Parse(parts[1], CultureInfo.InvariantCulture) > time.GetUtcNow().ToUnixTimeSeconds();
        return waits && parts[2] == Place(actor) ? Convert.FromBase64String(parts[0]) : null;
    }

    /// <summary>Whether the code fits the secret that waits, which is in force then; null where none waits.</summary>
    public async Task<bool?> Confirm(UserId user, string code, Actor actor, UnitOfWork work, CancellationToken ct)
    {
        if (await Pending(user, actor, work, ct) is not { } secret) return null;
        if (Totp.Match(secret, Digits(code), time.GetUtcNow(), 0) is not { } step) return false;
        await work.Execute("""
            UPDATE tenants.users SET totp_secret = $3, totp_pending = NULL, totp_last_step = $2 WHERE id = $1
            """, [user.Value, step, box.Seal(Convert.ToBase64String(secret), Context(user))], ct);
        CryptographicOperations.ZeroMemory(secret);
        return true;
    }

    /// <summary>Whether this is a code of the user's app; it is used then. The user's row is locked.</summary>
    public async Task<bool> TakeTotp(UserId user, string code, UnitOfWork work, CancellationToken ct)
    {
        var held = await work.Statement(
            "SELECT totp_secret, totp_last_step FROM tenants.users WHERE id = $1 FOR UPDATE", user.Value)
            .Row(row => new Held(row.Optional<string>(0), row.GetInt64(1)), ct);
        if (held?.Secret is not { } secret || Match(user, secret, Digits(code), held.LastStep) is not { } step) return false;
        await work.Execute("UPDATE tenants.users SET totp_last_step = $2 WHERE id = $1", [user.Value, step], ct);
        return true;
    }

    /// <summary>Whether this is a recovery code of the user; it is used then.</summary>
    public async Task<bool> TakeRecovery(UserId user, string code, UnitOfWork work, CancellationToken ct) =>
        RecoveryText.Hash(code, user.Value) is { } hash
        && await work.Execute(
            "UPDATE tenants.recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL",
            [user.Value, hash, time.GetMicros()], ct) == 1;

    public static async Task<RecoveryCodes> Renew(UserId user, UnitOfWork work, CancellationToken ct)
    {
        var codes = RecoveryText.New();
        await work.Execute("DELETE FROM tenants.recovery_codes WHERE user_id = $1", [user.Value], ct);
        await work.Execute(
            "INSERT INTO tenants.recovery_codes (user_id, hash) SELECT $1, hash FROM unnest($2::bytea[]) AS hash",
            [user.Value, codes.Select(code => RecoveryText.Hash(code, user.Value)!).ToArray()], ct);
        return new RecoveryCodes(codes);
    }

    private long? Match(UserId user, string sealedSecret, string code, long lastStep)
    {
        if (!box.TryOpen(sealedSecret, Context(user), out var plain))
            throw new InvalidOperationException(
                "The secret of an authenticator app does not open: is the key ring the right one?");
        var secret = Convert.FromBase64String(plain);
        var step = Totp.Match(secret, Digits(code), time.GetUtcNow(), lastStep);
        CryptographicOperations.ZeroMemory(secret);
        return step;
    }

    // Apps show the digits in two groups.
    private static string Digits(string code) => code.Replace(" ", "", StringComparison.Ordinal);

    // A token, where it is no session.
    private static string Place(Actor actor) => actor.Session?.ToString() ?? actor.Token?.ToString() ?? "-";

    private static string PendingContext(UserId user) => $"tenants.totp-pending:{user}";

    private static string Context(UserId user) => $"tenants.totp:{user}";

    private sealed record Held(string? Secret, long LastStep);
}
