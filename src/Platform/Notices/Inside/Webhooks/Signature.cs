using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Platform.Notices.Inside.Webhooks;

/// <summary>Signs after Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, joined by dots.</summary>
internal static class Signature
{
    public const string Prefix = "whsec_";
    private const int SecretBytes = 32;
    private const int HintLength = 11;

    /// <summary>A new secret: <c>whsec_</c> and base 64 of 32 random bytes.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    public static string Hint(string secret) => secret[..HintLength] + "…";

    /// <summary>The header: one signature a secret, separated by blanks.</summary>
    public static string Header(IEnumerable<string> secrets, string id, DateTimeOffset at, string body) =>
        string.Join(' ', secrets.Select(secret => One(secret, id, at, body)));

    private static string One(string secret, string id, DateTimeOffset at, string body)
    {
        var key = Convert.FromBase64String(secret[Prefix.Length..]);
        var signed = string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}.{body}");
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(signed)));
    }
}
