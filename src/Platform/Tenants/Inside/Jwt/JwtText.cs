using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Sluice.Platform.Tenants.Inside.Jwt;

/// <summary>
/// A signed token (JWS compact, RFC 7515) taken apart and not yet believed. Strict, so that a token has one reading: base64url in
/// its one spelling, JSON without members that stand twice (RFC 8725, 2.4 and 3.2 on), no header that brings or names a key
/// of its own, nothing encrypted, compressed or nested. Never throws. Pure.
/// </summary>
internal sealed record JwtText
{
    /// <summary>Characters of a whole token at most.</summary>
    public const int LengthMax = 8 * 1024;

    private const int HeaderBytesMax = 2 * 1024;
    private const int DepthMax = 12;

    // What would let a token choose its key, or asks for what is not done here.
    private static readonly string[] Refused =
        ["jku", "jwk", "x5u", "x5c", "crit", "zip", "enc", "cty", "b64", "epk", "p2s", "p2c"];

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    public required string Text { get; init; }
    public required string Algorithm { get; init; }
    public required string? Type { get; init; }
    public required string? KeyId { get; init; }
    public required JwtClaims Claims { get; init; }

    /// <summary>Whether a bearer's text is to be read as such a token at all: three parts, the first one a JSON object.</summary>
    public static bool LooksLikeOne(ReadOnlySpan<char> text) =>
        text.StartsWith("eyJ", StringComparison.Ordinal) && text.Count('.') == 2;

    /// <summary>Null where it is none, or is one that this installation never takes.</summary>
    public static JwtText? Read(string? text)
    {
        if (text is null || text.Length > LengthMax) return null;
        var parts = text.Split('.');
        if (parts.Length != 3) return null;
        if (Bytes(parts[0]) is not { Length: <= HeaderBytesMax } head) return null;
        if (Bytes(parts[1]) is not { } body || Bytes(parts[2]) is null) return null;
        if (Object(head) is not { } header || Object(body) is not { } claims) return null;
        if (Array.Exists(Refused, name => header.TryGetProperty(name, out _))) return null;
        var algorithm = new JwtClaims(header).Text("alg");
        var names = new JwtClaims(header);
        if (algorithm is null || !names.IsTextOrNone("typ") || !names.IsTextOrNone("kid")) return null;
        return new JwtText
        {
            Text = text,
            Algorithm = algorithm,
            Type = names.Text("typ"),
            KeyId = names.Text("kid"),
            Claims = new JwtClaims(claims),
        };
    }

    // The last character of base64url may hold bits that no byte takes: one spelling of many is the right one.
    private static byte[]? Bytes(string part)
    {
        if (part.Length == 0 || !part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || !Base64Url.IsValid(part))
            return null;
        var bytes = Base64Url.DecodeFromChars(part);
        return Base64Url.EncodeToString(bytes) == part ? bytes : null;
    }

    /// <summary>A JSON object that has one reading; null where it is none.</summary>
    public static JsonElement? Object(byte[] bytes)
    {
        if (!Utf8.IsValid(bytes)) return null;
        try
        {
            using var document = JsonDocument.Parse(bytes, Json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        // The second where half a surrogate pair stands in a name: valid JSON, and no text.
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>The claims of a token: each read as what it must be, absent where it is something else.</summary>
internal sealed class JwtClaims(JsonElement members)
{
    // The year 9999, which is where DateTimeOffset ends.
    private const double SecondsMax = 253_402_300_799;

    public bool Has(string name) => members.TryGetProperty(name, out _);

    public string? Text(string name) => members.TryGetProperty(name, out var value) ? TextOf(value) : null;

    /// <summary>Whether it is a text, or not there at all.</summary>
    public bool IsTextOrNone(string name) => !Has(name) || Text(name) is not null;

    /// <summary>Whether it is a text, or a list of nothing but texts.</summary>
    public bool AreTexts(string name) => members.TryGetProperty(name, out var value)
        && (value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().All(item => TextOf(item) is not null)
            : TextOf(value) is not null);

    /// <summary>Seconds since 1970 (NumericDate, RFC 7519).</summary>
    public DateTimeOffset? Time(string name) =>
        members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds) && seconds is >= 0 and <= SecondsMax
            ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Floor(seconds))
            : null;

    public bool IsTrue(string name) =>
        members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>A text, or a list of them, as <c>aud</c> is; empty where it is neither.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (!members.TryGetProperty(name, out var value)) return [];
        if (value.ValueKind != JsonValueKind.Array) return TextOf(value) is { } one ? [one] : [];
        List<string> texts = [];
        foreach (var item in value.EnumerateArray())
        {
            if (TextOf(item) is not { } text) return [];
            texts.Add(text);
        }
        return texts;
    }

    /// <summary>The text of a value; null where it is none. Half a surrogate pair is valid JSON and no text.</summary>
    public static string? TextOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return null;
        try
        {
            var text = value.GetString()!;
            return Encoding.UTF8.GetByteCount(text) <= JwtText.LengthMax ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
