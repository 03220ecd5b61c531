using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Platform.Tenants.Inside.Jwt;
using Xunit;

namespace Sluice.Unit.Platform.Tenants.Jwt;

/// <summary>What RFC 8725 warns of, tried.</summary>
public sealed class JwtAttackTests : IDisposable
{
    private readonly Signed _signed = new();

    public void Dispose() => _signed.Dispose();

    [Fact]
    public async Task A_good_token_is_genuine()
    {
        Assert.Equal(JwtVerdict.Genuine, await Judge(_signed.Token()));
        Assert.Equal(JwtVerdict.Genuine, await Signed.Judge(_signed.Token(Signed.Header("RS256")), _signed.RsaKey));
        Assert.Equal(JwtVerdict.Genuine, await Judge(_signed.Token(Signed.Header(type: "application/AT+JWT"))));
        Assert.Equal(JwtVerdict.Genuine, await Judge(_signed.Token(
            claims: With("aud", new[] { "https://other.example", Signed.Audience }))));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("HS512")]
    [InlineData("RS256")]
    [InlineData("ES384")]
    [InlineData("PS256")]
    [InlineData("es256")]
    [InlineData("")]
    public async Task The_token_does_not_choose_its_algorithm(string algorithm)
    {
        var token = _signed.Token(Signed.Header(algorithm));
        Assert.Equal(JwtVerdict.Refused, await Judge(token));
        Assert.Equal(JwtVerdict.Refused, await Judge(token[..(token.LastIndexOf('.') + 1)]));
    }

    [Fact]
    public async Task A_public_key_is_no_shared_secret()
    {
        // The oldest trick: the token says HS256 and is signed with what everybody may know.
        foreach (var (secret, key) in new[]
        {
            (Encoding.ASCII.GetBytes(_signed.Rsa.ExportSubjectPublicKeyInfoPem()), _signed.RsaKey),
            (_signed.Rsa.ExportSubjectPublicKeyInfo(), _signed.RsaKey),
            (_signed.Curve.ExportSubjectPublicKeyInfo(), _signed.CurveKey),
        })
        {
            var text = $"{Signed.Part("""{"alg":"HS256","typ":"at+jwt","kid":"key-1"}""")}.{_signed.Token().Split('.')[1]}";
            var token = $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(text)))}";
            Assert.Equal(JwtVerdict.Refused, await Signed.Judge(token, key));
        }
    }

    [Theory]
    [InlineData("jku", "\"https://evil.example/keys\"")]
    [InlineData("x5u", "\"https://evil.example/cert\"")]
    [InlineData("jwk", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"a\",\"y\":\"b\"}")]
    [InlineData("x5c", "[\"AAAA\"]")]
    [InlineData("crit", "[\"exp\"]")]
    [InlineData("zip", "\"DEF\"")]
    [InlineData("enc", "\"A128GCM\"")]
    [InlineData("cty", "\"JWT\"")]
    [InlineData("b64", "false")]
    public async Task A_header_that_brings_a_key_or_asks_for_more_is_refused_though_the_signature_is_good(string name, string value)
    {
        var token = _signed.Token(
            $$"""{"alg":"ES256","typ":"at+jwt","kid":"key-1","{{name}}":{{value}}}""", System.Text.Json.JsonSerializer.Serialize(Signed.Claims()));
        Assert.Equal(JwtVerdict.Refused, await Judge(token));
    }

    [Theory]
    [InlineData("iss", "https://sluice.example/")]
    [InlineData("iss", "https://SLUICE.example")]
    [InlineData("iss", null)]
    [InlineData("aud", "https://sluice.example")]
    [InlineData("aud", null)]
    [InlineData("exp", null)]
    [InlineData("exp", "2030-01-15")]
    [InlineData("exp", -1)]
    [InlineData("exp", 1e300)]
    [InlineData("iat", null)]
    [InlineData("iat", "now")]
    [InlineData("nbf", "now")]
    [InlineData("nbf", -5)]
    public async Task A_claim_that_is_missing_or_another_one_is_refused(string claim, object? value)
    {
        var claims = With(claim, value);
        if (value is null) claims.Remove(claim);
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(claims: claims)));
    }

    [Fact]
    public async Task A_list_of_audiences_holds_texts_alone()
    {
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(claims: With("aud", new object[] { Signed.Audience, 7 }))));
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(claims: With("aud", Array.Empty<string>()))));
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(claims: With("aud", new { a = Signed.Audience }))));
    }

    [Theory]
    [InlineData("JWT")]
    [InlineData("id+jwt")]
    [InlineData("at+jwt ")]
    [InlineData("application/at+jwt+json")]
    [InlineData("")]
    public async Task A_token_of_another_type_is_refused(string type) =>
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(Signed.Header(type: type))));

    [Fact]
    public async Task A_token_without_a_type_or_with_another_key_is_refused()
    {
        var header = Signed.Header();
        header.Remove("typ");
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(header)));
        header = Signed.Header();
        header.Remove("kid");
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(header)));
        header["kid"] = "../../key-1";
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(header)));
        using var other = new Signed();
        Assert.Equal(JwtVerdict.Refused, await Judge(other.Token()));
    }

    [Theory]
    [InlineData(900 + 29, JwtVerdict.Genuine)]
    [InlineData(900 + 30, JwtVerdict.Expired)]
    [InlineData(90_000, JwtVerdict.Expired)]
    [InlineData(-30, JwtVerdict.Genuine)]
    [InlineData(-31, JwtVerdict.Refused)]
    public async Task A_token_lasts_from_its_beginning_to_its_end_and_as_long_as_clocks_differ(int seconds, object verdict) =>
        Assert.Equal((JwtVerdict)verdict, await Signed.Judge(_signed.Token(), _signed.CurveKey, Signed.Now.AddSeconds(seconds)));

    [Fact]
    public async Task A_member_that_stands_twice_is_refused_in_whatever_spelling()
    {
        var claims = System.Text.Json.JsonSerializer.Serialize(Signed.Claims());
        foreach (var twice in new[] { "\"sub\":\"usr_2\"", "\"s\\u0075b\":\"usr_2\"" })
            Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(
                System.Text.Json.JsonSerializer.Serialize(Signed.Header()), claims[..^1] + "," + twice + "}")));
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(
            """{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"key-1"}""", claims)));
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(
            System.Text.Json.JsonSerializer.Serialize(Signed.Header()), claims[..^1] + ",\"a\":{\"b\":1,\"b\":2}}")));
    }

    [Fact]
    public async Task A_token_has_one_spelling()
    {
        var token = _signed.Token();
        Assert.Equal(JwtVerdict.Genuine, await Judge(token));
        foreach (var other in new[]
        {
            token + "=", token + " ", " " + token, token + ".", token.Replace(".", ". ", StringComparison.Ordinal), token + "A",
            token.Replace('-', '+').Replace('_', '/') + "==",
        }) Assert.Equal(JwtVerdict.Refused, await Judge(other));
        // 64 bytes leave four bits of the last character: each has one right value.
        const string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        foreach (var digit in digits.Where(digit => digit != token[^1]))
            Assert.Equal(JwtVerdict.Refused, await Judge(token[..^1] + digit));
    }

    [Fact]
    public async Task A_token_that_is_too_large_or_too_deep_is_refused()
    {
        Assert.Equal(JwtVerdict.Genuine, await Judge(_signed.Token(claims: With("more", new string('a', 5000)))));
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(claims: With("more", new string('a', JwtText.LengthMax)))));
        var deep = string.Concat(Enumerable.Repeat("[", 40)) + string.Concat(Enumerable.Repeat("]", 40));
        Assert.Equal(JwtVerdict.Refused, await Judge(_signed.Token(
            System.Text.Json.JsonSerializer.Serialize(Signed.Header()),
            System.Text.Json.JsonSerializer.Serialize(Signed.Claims())[..^1] + $",\"deep\":{deep}}}")));
    }

    [Fact]
    public async Task Any_flipped_bit_is_refused()
    {
        foreach (var (token, key) in new[]
        {
            (_signed.Token(), _signed.CurveKey), (_signed.Token(Signed.Header("RS256")), _signed.RsaKey),
        })
        {
            Assert.Equal(JwtVerdict.Genuine, await Signed.Judge(token, key));
            for (var i = 0; i < token.Length; i++)
                for (var bit = 0; bit < 8; bit += 1 + i % 2)
                {
                    var flipped = token.ToCharArray();
                    flipped[i] ^= (char)(1 << bit);
                    Assert.Equal(JwtVerdict.Refused, await Signed.Judge(new string(flipped), key));
                }
        }
    }

    [Fact]
    public void Any_changed_byte_behind_the_encoding_is_refused() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<byte>(), ArbMap.Default.ArbFor<int>(), (at, with, part) =>
        {
            var parts = _signed.Token().Split('.');
            var which = (int)((uint)part % 3);
            var bytes = Base64Url.DecodeFromChars(parts[which]);
            var place = (int)((uint)at % (uint)bytes.Length);
            if (bytes[place] == with) return true;
            bytes[place] = with;
            parts[which] = Base64Url.EncodeToString(bytes);
            return Judge(string.Join('.', parts)).GetAwaiter().GetResult() == JwtVerdict.Refused;
        }).Holds();

    [Fact]
    public void Garbage_is_refused_and_throws_nothing() => Law.Holds(400, Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<string>(), (head, body, text) =>
        {
            var good = _signed.Token().Split('.');
            string[] tries =
            [
                text ?? "", $"{text}.{text}.{text}", $"{Base64Url.EncodeToString(head)}.{Base64Url.EncodeToString(body)}.{good[2]}",
                $"{good[0]}.{Base64Url.EncodeToString(body)}.{good[2]}", $"{Base64Url.EncodeToString(head)}.{good[1]}.{good[2]}",
                $"{good[0]}.{Signed.Part("{\"iss\":\"" + text + "\"}")}.{good[2]}",
                $"{good[0]}.{good[1]}.{Base64Url.EncodeToString(body)}", $"{good[0]}.{Signed.Part("{\"iss\":\"\\ud800\"}")}.{good[2]}",
            ];
            return tries.All(one => Judge(one).GetAwaiter().GetResult() == JwtVerdict.Refused)
                && JsonKeys.Read(body) is null
                && JsonKeys.Read(Encoding.UTF8.GetBytes($$"""{"keys":[{"kty":"EC","kid":"1","crv":"P-256","x":"{{good[2]}}","y":1}]}"""))!.Count == 0;
        }));

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
    {
        var token = _signed.Token(
            System.Text.Json.JsonSerializer.Serialize(Signed.Header()), """{"iss":"\ud800","aud":["\udc00"],"exp":1}""");
        var claims = JwtText.Read(token)!.Claims;
        Assert.Null(claims.Text("iss"));
        Assert.Empty(claims.Texts("aud"));
    }

    [Fact]
    public void Half_a_surrogate_pair_as_a_name_is_refused_and_throws_nothing()
    {
        var header = System.Text.Json.JsonSerializer.Serialize(Signed.Header());
        foreach (var body in new[] { """{"\ud800":1}""", """{"a":{"\udc00":1}}""" })
        {
            Assert.Null(JwtText.Read(_signed.Token(header, body)));
            Assert.Null(JwtText.Object(Encoding.UTF8.GetBytes(body)));
            Assert.Null(JsonKeys.Read(Encoding.UTF8.GetBytes(body)));
        }
    }

    [Fact]
    public async Task A_token_that_ends_where_time_ends_is_judged_and_throws_nothing() =>
        Assert.Equal(JwtVerdict.Genuine, await Judge(_signed.Token(claims: With("exp", 253_402_300_799))));

    private static Dictionary<string, object?> With(string claim, object? value)
    {
        var claims = Signed.Claims();
        claims[claim] = value;
        return claims;
    }

    private Task<JwtVerdict> Judge(string token) => Signed.Judge(token, _signed.CurveKey);
}
