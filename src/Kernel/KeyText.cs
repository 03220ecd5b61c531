using System.Security.Cryptography;

namespace Sluice.Kernel;

/// <summary>What a key's text opens: told by its prefix.</summary>
public enum KeyTextKind
{
    /// <summary><c>slc_sk_</c>: a secret key of an app.</summary>
    Secret,
    /// <summary><c>slc_pk_</c>: a publishable key of an app, which may stand in a URL.</summary>
    Publishable,
    /// <summary><c>slc_at_</c>: an access token to Sluice's own API.</summary>
    Access,
    /// <summary><c>slc_rt_</c>: gets the next access token, once.</summary>
    Refresh,
}

/// <summary>
/// The text of keys and tokens: a prefix of seven characters, 32 random base62 characters (190 bits) and six base62
/// characters of the CRC-32 (IEEE) over everything before them, so that a scanner can tell a real one and a typo never
/// reaches the database. Only <see cref="TryHash"/> of it is ever stored.
/// </summary>
public static class KeyText
{
    /// <summary>Characters of every key and token.</summary>
    public const int Length = PrefixLength + RandomLength + CheckLength;
    /// <summary>Bytes of a key's hash (SHA-256).</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    private const int PrefixLength = 7;
    private const int RandomLength = 32;
    private const int CheckLength = 6;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>A new key from the system's random source.</summary>
    public static string New(KeyTextKind kind)
    {
        var body = Prefix(kind) + RandomNumberGenerator.GetString(Alphabet, RandomLength);
        Span<byte> bytes = stackalloc byte[PrefixLength + RandomLength];
        System.Text.Encoding.ASCII.GetBytes(body, bytes);
        Span<char> check = stackalloc char[CheckLength];
        WriteCheck(Crc32(bytes), check);
        return string.Concat(body, check);
    }

    /// <summary>
    /// True when the text has a known prefix, the right length, base62 characters only and a matching check; whether
    /// such a key exists is another question.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out KeyTextKind kind)
    {
        Span<byte> bytes = stackalloc byte[Length];
        return TryRead(text, bytes, out kind);
    }

    /// <summary>
    /// Writes the SHA-256 of a well-formed text into <paramref name="hash"/> (32 bytes); false when the text is not
    /// well-formed, and then nothing is written. Allocates nothing.
    /// </summary>
    public static bool TryHash(ReadOnlySpan<char> text, Span<byte> hash, out KeyTextKind kind)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (!TryRead(text, bytes, out kind)) return false;
        SHA256.HashData(bytes, hash);
        return true;
    }

    /// <summary>What may be shown of a key: its prefix with four characters more, and the last four.</summary>
    public static string Hint(string text) => string.Concat(text.AsSpan(0, PrefixLength + 4), "…", text.AsSpan(Length - 4));

    private static bool TryRead(ReadOnlySpan<char> text, Span<byte> bytes, out KeyTextKind kind)
    {
        kind = default;
        if (text.Length != Length) return false;
        if (text.StartsWith("slc_sk_", StringComparison.Ordinal)) kind = KeyTextKind.Secret;
        else if (text.StartsWith("slc_pk_", StringComparison.Ordinal)) kind = KeyTextKind.Publishable;
        else if (text.StartsWith("slc_at_", StringComparison.Ordinal)) kind = KeyTextKind.Access;
        else if (text.StartsWith("slc_rt_", StringComparison.Ordinal)) kind = KeyTextKind.Refresh;
        else return false;

        for (var i = 0; i < Length; i++)
        {
            if (i >= PrefixLength && !char.IsAsciiLetterOrDigit(text[i])) return false;
            bytes[i] = (byte)text[i];
        }
        Span<char> check = stackalloc char[CheckLength];
        WriteCheck(Crc32(bytes[..(Length - CheckLength)]), check);
        return text[(Length - CheckLength)..].SequenceEqual(check);
    }

    private static string Prefix(KeyTextKind kind) => kind switch
    {
        KeyTextKind.Secret => "slc_sk_",
        KeyTextKind.Publishable => "slc_pk_",
        KeyTextKind.Access => "slc_at_",
        KeyTextKind.Refresh => "slc_rt_",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    // Base62 of the number, most significant digit first, padded with '0'.
    private static void WriteCheck(uint crc, Span<char> check)
    {
        for (var i = CheckLength - 1; i >= 0; i--, crc /= 62) check[i] = Alphabet[(int)(crc % 62)];
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes) crc = (crc >> 8) ^ CrcTable[(crc ^ b) & 0xFF];
        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        // The reflected polynomial of IEEE 802.3.
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB88320;
            table[i] = value;
        }
        return table;
    }
}
