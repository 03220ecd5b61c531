using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sluice.Platform.Tenants.Inside.Jwt;

namespace Sluice.Unit.Platform.Tenants.Jwt;

/// <summary>Makes tokens by hand, right and wrong ones, without the library that reads them.</summary>
internal sealed class Signed : IDisposable
{
    public const string Issuer = "https://sluice.example";
    public const string Audience = "https://sluice.example/api/v1";
    public const string KeyId = "key-1";

    public static readonly DateTimeOffset Now = new(2030, 1, 15, 12, 0, 0, TimeSpan.Zero);

    public static readonly Expected Expected = new(Issuer, Audience, ["at+jwt"], TimeSpan.FromSeconds(30));

    public ECDsa Curve { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    public RSA Rsa { get; } = RSA.Create(2048);

    public VerifyingKey CurveKey
    {
        get
        {
            var point = Curve.ExportParameters(false).Q;
            return new VerifyingKey(KeyId, "ES256", JsonKeys.PublicCurve(KeyId, point.X!, point.Y!));
        }
    }

    public VerifyingKey RsaKey
    {
        get
        {
            var key = Rsa.ExportParameters(false);
            return JsonKeys.Read(Encoding.UTF8.GetBytes(
                $$"""{"keys":[{"kty":"RSA","kid":"{{KeyId}}","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"{{Base64Url.EncodeToString(key.Exponent)}}"}]}"""))!
                .Values.Single();
        }
    }

    public static Dictionary<string, object?> Header(string algorithm = "ES256", string type = "at+jwt") =>
        new() { ["alg"] = algorithm, ["typ"] = type, ["kid"] = KeyId };

    public static Dictionary<string, object?> Claims() => new()
    {
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["sub"] = "usr_1",
        ["iat"] = Now.ToUnixTimeSeconds(),
        ["nbf"] = Now.ToUnixTimeSeconds(),
        ["exp"] = Now.ToUnixTimeSeconds() + 900,
    };

    public string Token(Dictionary<string, object?>? header = null, Dictionary<string, object?>? claims = null) =>
        Token(JsonSerializer.Serialize(header ?? Header()), JsonSerializer.Serialize(claims ?? Claims()));

    public string Token(string header, string claims)
    {
        var text = $"{Part(header)}.{Part(claims)}";
        var signature = header.Contains("RS256", StringComparison.Ordinal)
            ? Rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : Curve.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    public static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    /// <summary>What is thought of a token; refused also where it cannot be read.</summary>
    public static async Task<JwtVerdict> Judge(string token, VerifyingKey key, DateTimeOffset? now = null) =>
        JwtText.Read(token) is { } read ? await JwtCheck.Check(read, key, Expected, now ?? Now) : JwtVerdict.Refused;

    public void Dispose()
    {
        Curve.Dispose();
        Rsa.Dispose();
    }
}
