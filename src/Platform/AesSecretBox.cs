using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Sluice.Kernel;

namespace Sluice.Platform;

/// <summary>
/// AES-256-GCM with a ring of random keys in one file (mode 0600, made at first need). A sealed text reads
/// <c>v1.{key id}.{base64url of nonce, ciphertext, tag}</c>. <see cref="Rotate"/> adds a key that seals from then on;
/// older keys stay, because published versions that they sealed are never rewritten.
/// <para>
/// The ring is held in memory and read again when the file is another one. The lock beside it is for writers alone: the file
/// is replaced whole, so who reads it sees the ring before or the ring after, and both hold every key of the one before.
/// </para>
/// </summary>
public sealed class AesSecretBox(string file, TimeProvider time) : ISecretBox
{
    private const string Format = "v1";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeysMax = 1000;

    private readonly Lock _lock = new();
    private volatile Held _held = new(null, []);

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
        lock (_lock) return [.. Load(always: true).Select(key => new SealingKey(key.Id, key.CreatedAt))];
    }

    private static byte[] Associated(string keyId, string context) => Encoding.UTF8.GetBytes($"{Format}\n{keyId}\n{context}");

    // Looks at the file each time, because another process may have rotated, and reads it where it is another one.
    private RingKey Current()
    {
        var held = _held;
        if (held is { Stamp: { } stamp, Keys: [.., var known] } && stamp == Stamp()) return known;
        lock (_lock)
        {
            if (Load() is [.., var found]) return found;
            using var guard = Guard();
            // Another process that started on the empty folder may have been first.
            return Load() is [.., var made] ? made : Add();
        }
    }

    private RingKey? Find(string id)
    {
        if (Array.Find(_held.Keys, key => key.Id == id) is { } known) return known;
        // Another process may have rotated since the file was read. It did so before it sealed, so the key is in it by now.
        lock (_lock) return Array.Find(Load(always: true), key => key.Id == id);
    }

    // The writers' lock is held.
    private RingKey Add()
    {
        var ring = Load(always: true);
        if (ring.Length >= KeysMax) throw new InvalidOperationException($"{file} holds {KeysMax} keys already.");
        var key = new RingKey(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), RandomNumberGenerator.GetBytes(KeyBytes),
            time.GetUtcNow());
        SecretFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(new Ring([.. ring, key]), JsonSerializerOptions.Web));
        Load(always: true);
        return key;
    }

    // Which file it is that stands there now; null where there is none. Opened rather than looked up, which follows links and
    // has a network's file system ask again.
    private FileStamp? Stamp()
    {
        using var handle = Open();
        return handle is null ? null : FileStamp.Of(handle);
    }

    // Stamp and keys are of one open file, so they belong together whatever is put in its place meanwhile.
    private RingKey[] Load(bool always = false)
    {
        using var handle = Open();
        if (handle is null)
        {
            // What a key seals that is on no disk opens never again.
            if (_held.Keys.Length > 0) throw new InvalidOperationException($"{file} is gone: restore it from a backup.");
            return [];
        }
        var stamp = FileStamp.Of(handle);
        if (!always && stamp == _held.Stamp) return _held.Keys;
        if ((stamp.Mode & Others) != UnixFileMode.None)
            throw new InvalidOperationException($"{file} is open to other users: chmod 600 it.");
        var bytes = new byte[stamp.Length];
        var read = RandomAccess.Read(handle, bytes, 0);
        var ring = JsonSerializer.Deserialize<Ring>(bytes.AsSpan(0, read), JsonSerializerOptions.Web)?.Keys ?? [];
        CryptographicOperations.ZeroMemory(bytes);
        if (Array.Exists(ring, key => key.Key.Length != KeyBytes || key.Id.Length == 0))
            throw new InvalidOperationException($"{file} is damaged: restore it from a backup.");
        _held = new Held(stamp, ring);
        return ring;
    }

    private SafeFileHandle? Open()
    {
        try
        {
            return File.OpenHandle(file, share: FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
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
                // Another process holds it, and a file tells nobody when it is let go.
                Thread.Sleep(20);
            }
        }
    }

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private sealed record Ring(RingKey[] Keys);

    private sealed record Held(FileStamp? Stamp, RingKey[] Keys);

    // Every rotation makes the file longer, so that two of them within one tick of its clock are told apart too.
    private readonly record struct FileStamp(DateTime WrittenAt, long Length, UnixFileMode Mode)
    {
        public static FileStamp Of(SafeFileHandle handle) => new(
            File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle),
            OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(handle));
    }

    private sealed record RingKey(string Id, byte[] Key, DateTimeOffset CreatedAt);
}

/// <summary>One key of a ring, by name.</summary>
public sealed record SealingKey(string Id, DateTimeOffset CreatedAt);
