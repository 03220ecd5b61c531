using System.Security.Cryptography;
using System.Text;

namespace Sluice.Platform.Tenants.Inside.Users;

/// <summary>
/// Passwords that were in breaches, from a file in the form in which Have I Been Pwned gives them out whole: a line each, SHA-1
/// of the password in 40 hexadecimal digits, then a colon and a count, ordered by hash
/// (https://haveibeenpwned.com/API/v3#PwnedPasswords). It is searched where it lies, so that no password leaves the machine and
/// the file may be larger than memory.
/// </summary>
internal static class BreachedPasswords
{
    private const int HashChars = SHA1.HashSizeInBytes * 2;
    private const int LineMax = 100;

    /// <summary>Whether a password is in the file. Reads a few dozen lines of it, whatever its size.</summary>
    public static bool Contains(string file, string password)
    {
        // What breaches are told by; nothing is protected by it.
        var wanted = Convert.ToHexString(
            CryptographicOperations.HashData(HashAlgorithmName.SHA1, Encoding.UTF8.GetBytes(password)));
        using var lines = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        // The line that is looked for begins at low or after it, and before high.
        var (low, high) = (0L, lines.Length);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var start = FirstLine(lines, middle);
            if (start >= high)
            {
                high = middle;
                continue;
            }
            var order = string.Compare(HashAt(lines, start), wanted, StringComparison.OrdinalIgnoreCase);
            if (order == 0) return true;
            if (order < 0) low = start + 1;
            else high = middle;
        }
        return false;
    }

    // Where the first line begins that begins at this place or after it.
    private static long FirstLine(FileStream lines, long at)
    {
        if (at == 0) return 0;
        lines.Position = at - 1;
        for (var read = 0; read < LineMax; read++)
        {
            var next = lines.ReadByte();
            if (next is -1 or '\n') return lines.Position;
        }
        throw new InvalidDataException($"{lines.Name} has lines of more than {LineMax} characters: it is no list of hashes.");
    }

    private static string HashAt(FileStream lines, long start)
    {
        lines.Position = start;
        Span<byte> hash = stackalloc byte[HashChars];
        return Encoding.ASCII.GetString(hash[..lines.ReadAtLeast(hash, HashChars, throwOnEndOfStream: false)]);
    }
}
