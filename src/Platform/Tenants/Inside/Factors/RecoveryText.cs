using System.Security.Cryptography;
using System.Text;

namespace Sluice.Platform.Tenants.Inside.Factors;

/// <summary>
/// Recovery codes: 24 characters in four groups, 120 random bits each, of an alphabet in which nothing is taken for something
/// else. So many bits nobody guesses, not even with the table in hand, so a plain hash keeps them (ASVS 5.0, 6.5.2: 112). It
/// is one with the user's id, so that equal codes of two users do not look equal. Pure but for the random source.
/// </summary>
internal static class RecoveryText
{
    public const int Count = 10;
    private const int Length = 24;
    private const int Group = 6;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static IReadOnlyList<string> New()
    {
        HashSet<string> codes = new(StringComparer.Ordinal);
        while (codes.Count < Count)
        {
            var code = RandomNumberGenerator.GetString(Alphabet, Length);
            codes.Add(string.Join('-', code.Chunk(Group).Select(group => new string(group))));
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
