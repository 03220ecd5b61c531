using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>
/// Reads the public keys of an outside issuer (JWK Set, RFC 7517): RSA of 2048 to 8192 bits and P-256 that may verify. What
/// else stands in the set is passed over, as the RFC asks for. Never throws for what it reads. Pure.
/// </summary>
internal static class JsonKeys
{
    public const string Es256 = SecurityAlgorithms.EcdsaSha256;
    public const string Rs256 = SecurityAlgorithms.RsaSha256;

    private const int KeysMax = 100;
    private const int KeyIdMax = 200;
    private const int RsaBitsMin = 2048;
    private const int RsaBitsMax = 8192;
    private const int RsaExponentMin = 3;
    private const int CoordinateBytes = 32;
    private const int DepthMax = 8;

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    /// <summary>The keys by id; null where it is no set at all.</summary>
    public static IReadOnlyDictionary<string, VerifyingKey>? Read(ReadOnlyMemory<byte> json)
    {
        if (!System.Text.Unicode.Utf8.IsValid(json.Span)) return null;
        try
        {
            using var document = JsonDocument.Parse(json, Json);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array
                || keys.GetArrayLength() > KeysMax) return null;
            var read = keys.EnumerateArray().Select(Read).OfType<VerifyingKey>().ToList();
            // Two keys of one name: which one was meant cannot be told.
            return read.GroupBy(key => key.Id, StringComparer.Ordinal).Where(group => group.Count() == 1)
                .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        }
        // The second where half a surrogate pair stands in a name: valid JSON, and no text.
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static VerifyingKey? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) return null;
        var key = new JwtClaims(json);
        if (key.Text("kid") is not { Length: > 0 and <= KeyIdMax } id) return null;
        if (key.Has("use") && key.Text("use") != "sig") return null;
        if (key.Has("key_ops") && !key.Texts("key_ops").Contains("verify", StringComparer.Ordinal)) return null;
        var read = key.Text("kty") switch
        {
            "EC" when key.Text("crv") == "P-256" => Curve(id, key),
            "RSA" => Rsa(id, key),
            _ => null,
        };
        // A key that names another algorithm is not for this one.
        return read is not null && (!key.Has("alg") || key.Text("alg") == read.Algorithm) ? read : null;
    }

    private static VerifyingKey? Curve(string id, JwtClaims key)
    {
        if (Bytes(key.Text("x")) is not { Length: CoordinateBytes } x) return null;
        if (Bytes(key.Text("y")) is not { Length: CoordinateBytes } y) return null;
        try
        {
            // Off the curve it throws: such a point is no key.
            using var _ = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = x, Y = y },
            });
        }
        catch (CryptographicException)
        {
            return null;
        }
        return new VerifyingKey(id, Es256, PublicCurve(id, x, y));
    }

    public static JsonWebKey PublicCurve(string id, byte[] x, byte[] y) => new()
    {
        Kid = id,
        Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
        Crv = JsonWebKeyECTypes.P256,
        X = Base64Url.EncodeToString(x),
        Y = Base64Url.EncodeToString(y),
    };

    private static VerifyingKey? Rsa(string id, JwtClaims key)
    {
        if (Bytes(key.Text("n")) is not { } n || Bytes(key.Text("e")) is not { Length: > 0 and <= 4 } e) return null;
        var bits = n.Length == 0 || n[0] == 0 ? 0 : n.Length * 8 - System.Numerics.BitOperations.LeadingZeroCount(n[0]) + 24;
        var exponent = e.Aggregate(0L, (sum, next) => (sum << 8) | next);
        // An even exponent is none, and one of 1 signs nothing.
        if (bits is < RsaBitsMin or > RsaBitsMax || exponent < RsaExponentMin || exponent % 2 == 0) return null;
        return new VerifyingKey(id, Rs256, new JsonWebKey
        {
            Kid = id,
            Kty = JsonWebAlgorithmsKeyTypes.RSA,
            N = Base64Url.EncodeToString(n),
            E = Base64Url.EncodeToString(e),
        });
    }

    private static byte[]? Bytes(string? text) =>
        text is not null && Base64Url.IsValid(text) && !text.Contains('=', StringComparison.Ordinal)
            ? Base64Url.DecodeFromChars(text)
            : null;
}
