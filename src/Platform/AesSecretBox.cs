using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// AES-256-GCM with a ring of random keys in one file (mode 0600, made at first need). A sealed text reads
/// <c>v1.{key id}.{base64url of nonce, ciphertext, tag}</c>. <see cref="Rotate"/> adds a key that seals from then on;
/// older keys stay, because published versions that they sealed are never rewritten.
/// </summary>
public sealed class AesSecretBox(string file, TimeProvider time) : ISecretBox
{
    private const string Format = "v1";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeysMax = 1000;

    private readonly Lock _lock = new();
    private volatile RingKey[] _ring = [];

    public string Seal(string plain, string context)
    {
        var key = Current();
        var text = Encoding.UTF8.GetBytes(plain);
        var box = new byte[NonceBytes + text.Length + TagBytes];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key.Key, TagBytes);
        aes.Encrypt(
            box.AsSpan(0, NonceBytes), text, box.AsSpan(NonceBytes, text.Length), box.AsSpan(NonceBytes + text.Length),
            Associated(key.Id, context));
        CryptographicOperations.ZeroMemory(text);
        return $"{Format}.{key.Id}.{Base64Url.EncodeToString(box)}";
    }

    public bool TryOpen(string box, string context, out string plain)
    {
        plain = "";
        var parts = box.Split('.');
        if (parts is not [Format, var id, var body] || Find(id) is not { } key) return false;
        if (!Base64Url.IsValid(body, out var length) || length < NonceBytes + TagBytes) return false;
        var bytes = Base64Url.DecodeFromChars(body);
        var text = new byte[bytes.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(key.Key, TagBytes);
            aes.Decrypt(
                bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes, text.Length), bytes.AsSpan(NonceBytes + text.Length),
                text, Associated(id, context));
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        plain = Encoding.UTF8.GetString(text);
        CryptographicOperations.ZeroMemory(text);
        return true;
    }

    /// <summary>
    /// Adds a fresh key, which seals from now on in every process that shares the file, and returns its id. Cut off
    /// anywhere, it leaves the old ring or the new one.
    /// </summary>
    public string Rotate()
    {
        lock (_lock)
        {
            using var guard = Guard();
            return Add().Id;
        }
    }

    /// <summary>The keys of the ring, oldest first; the last one seals. Without the keys themselves.</summary>
    public IReadOnlyList<SealingKey> Keys()
    {
        lock (_lock) return [.. Read().Select(key => new SealingKey(key.Id, key.CreatedAt))];
    }

    private static byte[] Associated(string keyId, string context) => Encoding.UTF8.GetBytes($"{Format}\n{keyId}\n{context}");

    private RingKey Current()
    {
        lock (_lock)
        {
            // Read each time: another process may have rotated, and sealing is rare.
            using var guard = Guard();
            _ring = Read();
            return _ring is [.., var found] ? found : Add();
        }
    }

    private RingKey? Find(string id)
    {
        if (Array.Find(_ring, key => key.Id == id) is { } known) return known;
        // Another process may have rotated since the file was read.
        lock (_lock)
        {
            _ring = Read();
            return Array.Find(_ring, key => key.Id == id);
        }
    }

    private RingKey Add()
    {
        var ring = Read();
        if (ring.Length >= KeysMax) throw new InvalidOperationException($"{file} holds {KeysMax} keys already.");
        var key = new RingKey(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), RandomNumberGenerator.GetBytes(KeyBytes),
            time.GetUtcNow());
        ring = [.. ring, key];
        SecretFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(new Ring(ring), JsonSerializerOptions.Web));
        _ring = ring;
        return key;
    }

    private RingKey[] Read()
    {
        if (!File.Exists(file)) return [];
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != UnixFileMode.None)
            throw new InvalidOperationException($"{file} is open to other users: chmod 600 it.");
        var ring = JsonSerializer.Deserialize<Ring>(File.ReadAllBytes(file), JsonSerializerOptions.Web)?.Keys ?? [];
        if (Array.Exists(ring, key => key.Key.Length != KeyBytes || key.Id.Length == 0))
            throw new InvalidOperationException($"{file} is damaged: restore it from a backup.");
        return ring;
    }

    // Two processes that start on an empty directory must agree on one first key.
    private FileStream Guard()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        Directory.CreateDirectory(folder);
        if (!File.Exists(file + ".lock")) MakeGuard(file + ".lock", folder);
        return WaitForGuard();
    }

    // Made by root, it must still open for the account that the folder belongs to. Only what is made here is given away:
    // that account may have put a link there, to a file that is not its own.
    private static void MakeGuard(string path, string folder)
    {
        try
        {
            using var made = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
            FileOwner.Of(folder)?.Give(made.SafeFileHandle, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was there first.
        }
    }

    private FileStream WaitForGuard()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(20);
            }
        }
    }

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private sealed record Ring(RingKey[] Keys);

    private sealed record RingKey(string Id, byte[] Key, DateTimeOffset CreatedAt);
}

/// <summary>One key of a ring, by name.</summary>
public sealed record SealingKey(string Id, DateTimeOffset CreatedAt);
