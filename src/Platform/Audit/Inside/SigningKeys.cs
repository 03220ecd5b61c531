using System.Security.Cryptography;
using Npgsql;
using Sluice.Kernel;

namespace Sluice.Platform.Audit.Inside;

/// <summary>
/// The keys that sign checkpoints (ECDSA, P-256). The private half lies in the database sealed with the key ring, and
/// only what opens counts: who can write to the database alone cannot make a key that signs.
/// </summary>
internal sealed class SigningKeys(NpgsqlDataSource source, ISecretBox box, TimeProvider time)
{
    private const int IdBytes = 8;

    /// <summary>
    /// The newest key that opens, made at first need. Of several processes that make one at once, all use what one made.
    /// </summary>
    public async Task<SigningKey> Current(UnitOfWork work, CancellationToken ct)
    {
        await work.Execute("SELECT pg_advisory_xact_lock(hashtext('audit.signing_keys'))", [], ct);
        var stored = await work.Statement("SELECT id, sealed FROM audit.signing_keys ORDER BY created_at DESC, id DESC")
            .Rows(row => (Id: row.GetString(0), Sealed: row.GetString(1)), ct);
        if (stored.Select(one => Open(one.Id, one.Sealed)).FirstOrDefault(key => key is not null) is { } found) return found;

        // A key ring that was lost has taken the old key with it; the trail goes on under a new one.
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var id = IdOf(made);
        await work.Execute(
            "INSERT INTO audit.signing_keys (id, created_at, sealed) VALUES ($1, $2, $3)",
            [id, time.GetMicros(), box.Seal(Convert.ToBase64String(made.ExportPkcs8PrivateKey()), Context(id))], ct);
        return new SigningKey(id, made.ExportPkcs8PrivateKey());
    }

    /// <summary>Tells genuine checkpoints from others, by all keys that open.</summary>
    public async Task<Func<Checkpoint, bool>> Judges(UnitOfWork work, CancellationToken ct)
    {
        var stored = await work.Statement("SELECT id, sealed FROM audit.signing_keys")
            .Rows(row => (Id: row.GetString(0), Sealed: row.GetString(1)), ct);
        var known = stored.Select(one => Open(one.Id, one.Sealed)).OfType<SigningKey>()
            .ToDictionary(key => key.Id, StringComparer.Ordinal);
        return checkpoint => known.TryGetValue(checkpoint.KeyId, out var key) && key.Signed(checkpoint);
    }

    public async Task<IReadOnlyDictionary<string, string>> PublicKeys(CancellationToken ct)
    {
        var stored = await source.Statement("SELECT id, sealed FROM audit.signing_keys ORDER BY created_at")
            .Rows(row => (Id: row.GetString(0), Sealed: row.GetString(1)), ct);
        return stored.Select(one => Open(one.Id, one.Sealed)).OfType<SigningKey>()
            .ToDictionary(key => key.Id, key => key.PublicPem, StringComparer.Ordinal);
    }

    private SigningKey? Open(string id, string @sealed) =>
        box.TryOpen(@sealed, Context(id), out var plain) ? new SigningKey(id, Convert.FromBase64String(plain)) : null;

    private static string Context(string id) => $"audit.signing_keys/{id}";

    // What the key is called is a part of its own hash, so that no two have one name.
    private static string IdOf(ECDsa key) =>
        Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, IdBytes));
}

/// <summary>One key, its private half as PKCS #8.</summary>
internal sealed record SigningKey(string Id, byte[] Private)
{
    private const DSASignatureFormat Fixed = DSASignatureFormat.IeeeP1363FixedFieldConcatenation;

    public string PublicPem
    {
        get
        {
            using var key = Load();
            return key.ExportSubjectPublicKeyInfoPem();
        }
    }

    public string Sign(long number, string hash, DateTimeOffset at)
    {
        using var key = Load();
        return Convert.ToHexStringLower(
            key.SignData(CheckpointBook.Signed(number, hash, at), HashAlgorithmName.SHA256, Fixed));
    }

    public bool Signed(Checkpoint checkpoint)
    {
        using var key = Load();
        return key.VerifyData(
            CheckpointBook.Signed(checkpoint.Number, checkpoint.Hash, checkpoint.At),
            Convert.FromHexString(checkpoint.Signature), HashAlgorithmName.SHA256, Fixed);
    }

    private ECDsa Load()
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Private, out _);
        return key;
    }
}
