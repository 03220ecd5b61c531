using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Platform.Tenants.Inside;

/// <summary>
/// Texts that open something once or for a while: 256 random bits in base64url. Only the SHA-256 of one is kept, which
/// needs no salt, because nobody guesses 256 bits.
/// </summary>
internal static class SecretText
{
    private const int Bytes = 32;
    private const int Length = 43;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The hash to look for; null where the text cannot be one, which then never reaches the database.</summary>
    public static byte[]? Hash(string? text) =>
        text is { Length: Length } && Base64Url.IsValid(text, out var bytes) && bytes == Bytes
            ? SHA256.HashData(Encoding.ASCII.GetBytes(text))
            : null;
}
