using Microsoft.AspNetCore.Identity;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Tenants.Inside.Passkeys;

/// <summary>Passkeys as they stand in the table.</summary>
internal static class PasskeyRows
{
    public const string Columns = "id, name, created_at, last_used_at, is_backed_up";

    public const string KeyColumns =
        "credential_id, public_key, created_at, sign_count, transports, is_backup_eligible, is_backed_up, name";

    private const int KeyBytesMax = 2048;

    // What browsers tell, where it is one of WebAuthn's words.
    private static readonly string[] Transports = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

    public static Passkey Read(NpgsqlDataReader row) => new(
        new PasskeyId(row.GetGuid(0)), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2),
        row.Optional<DateTimeOffset?>(3), row.GetBoolean(4));

    public static UserPasskeyInfo ReadKey(NpgsqlDataReader row) => new(
        row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<DateTimeOffset>(2),
        checked((uint)row.GetInt64(3)), row.GetFieldValue<string[]>(4), isUserVerified: true, row.GetBoolean(5),
        row.GetBoolean(6), attestationObject: [], clientDataJson: [])
    {
        Name = row.GetString(7),
    };

    /// <summary>Whether its parts are of a size to keep; the handler bounds the credential's id.</summary>
    public static bool Fits(UserPasskeyInfo made) =>
        made.PublicKey.Length is > 0 and <= KeyBytesMax && made.CredentialId.Length > 0;

    /// <summary>False where somebody has this credential already.</summary>
    public static async Task<bool> Insert(
        Passkey passkey, UserId user, UserPasskeyInfo made, UnitOfWork work, CancellationToken ct) =>
        await work.Execute("""
            INSERT INTO tenants.passkeys (id, user_id, name, credential_id, public_key, sign_count, transports,
                is_backup_eligible, is_backed_up, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (credential_id) DO NOTHING
            """,
            [
                passkey.Id.Value, user.Value, passkey.Name, made.CredentialId, made.PublicKey, (long)made.SignCount,
                (made.Transports ?? []).Intersect(Transports, StringComparer.Ordinal).ToArray(), made.IsBackupEligible,
                made.IsBackedUp, passkey.CreatedAt,
            ], ct) == 1;

    /// <summary>Notes a signature of a passkey that is held.</summary>
    public static Task Use(UserPasskeyInfo used, DateTimeOffset now, UnitOfWork work, CancellationToken ct) => work.Execute(
        "UPDATE tenants.passkeys SET sign_count = $2, is_backed_up = $3, last_used_at = $4 WHERE credential_id = $1",
        [used.CredentialId, (long)used.SignCount, used.IsBackedUp, now], ct);
}
