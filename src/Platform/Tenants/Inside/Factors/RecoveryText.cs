using System.Security.Cryptography;
using System.Text;

namespace Sluice.Platform.Tenants.Inside.Factors;

/// <summary>
/// Recovery codes: ten characters in two groups, 50 random bits each, of an alphabet in which nothing is taken for something
/// else. Kept as a hash with the user's id, so that equal codes of two users do not look equal. Pure but for the random source.
/// </summary>
internal static class RecoveryText
{
    public const int Count = 10;
    private const int Length = 10;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static IReadOnlyList<string> New()
    {
        HashSet<string> codes = new(StringComparer.Ordinal);
        while (codes.Count < Count)
        {
            var code = RandomNumberGenerator.GetString(Alphabet, Length);
            codes.Add($"{code[..5]}-{code[5..]}");
        }
        return [.. codes];
    }

    /// <summary>The hash of what was typed, however it was grouped; null where it cannot be a code.</summary>
    public static byte[]? Hash(string typed, Guid user)
    {
        var plain = new StringBuilder(Length);
        foreach (var c in typed.ToLowerInvariant())
        {
            if (c is '-' or ' ') continue;
            var read = c switch { 'o' => '0', 'i' or 'l' => '1', _ => c };
            if (!Alphabet.Contains(read, StringComparison.Ordinal) || plain.Length == Length) return null;
            plain.Append(read);
        }
        return plain.Length == Length
            ? SHA256.HashData([.. user.ToByteArray(bigEndian: true), .. Encoding.ASCII.GetBytes(plain.ToString())])
            : null;
    }
}
