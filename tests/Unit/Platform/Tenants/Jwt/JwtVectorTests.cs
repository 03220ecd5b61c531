using System.Text;
using Sluice.Platform.Tenants.Inside.Jwt;
using Xunit;

namespace Sluice.Unit.Platform.Tenants.Jwt;

/// <summary>The examples of the RFCs, as they are published.</summary>
public sealed class JwtVectorTests
{
    private const string Payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    // RFC 7515, A.2
    private const string Rs256 = "eyJhbGciOiJSUzI1NiJ9." + Payload +
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcA"
        + "cQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHW"
        + "EsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    private const string RsaModulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"
        + "YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4u"
        + "DZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

    // RFC 7515, A.3
    private const string Es256 = "eyJhbGciOiJFUzI1NiJ9." + Payload
        + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    // RFC 7519, 3.1: signed with a shared secret.
    private const string Hs256 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + Payload
        + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    // RFC 7519, 6.1: not signed at all.
    private const string Unsecured = "eyJhbGciOiJub25lIn0." + Payload + ".";

    private static readonly VerifyingKey RsaKey = Keys($$"""{"kty":"RSA","kid":"a2","n":"{{RsaModulus}}","e":"AQAB"}""")["a2"];

    private static readonly VerifyingKey CurveKey = Keys("""
        {"kty":"EC","crv":"P-256","kid":"a3","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
        """)["a3"];

    [Fact]
    public async Task The_examples_of_RFC_7515_verify_by_their_own_key_alone()
    {
        Assert.True(await JwtCheck.IsSigned(JwtText.Read(Rs256)!, RsaKey));
        Assert.True(await JwtCheck.IsSigned(JwtText.Read(Es256)!, CurveKey));
        Assert.False(await JwtCheck.IsSigned(JwtText.Read(Rs256)!, CurveKey));
        Assert.False(await JwtCheck.IsSigned(JwtText.Read(Es256)!, RsaKey));
    }

    [Fact]
    public void The_claims_of_the_examples_are_read()
    {
        var claims = JwtText.Read(Es256)!.Claims;
        Assert.Equal("joe", claims.Text("iss"));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1300819380), claims.Time("exp"));
        Assert.True(claims.IsTrue("http://example.com/is_root"));
    }

    [Fact]
    public async Task The_examples_of_RFC_7519_that_are_not_signed_by_a_key_pair_are_refused()
    {
        foreach (var key in new[] { RsaKey, CurveKey })
            Assert.False(await JwtCheck.IsSigned(JwtText.Read(Hs256)!, key));
        Assert.Null(JwtText.Read(Unsecured));
        // A.1: encrypted; five parts.
        Assert.Null(JwtText.Read("eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.QR1Owv2ug2WyPBnbQrRARTeEk9kDO2w8.AxY8DCtDaGlsbGljb3RoZQ.x.y"));
    }

    [Fact]
    public void Of_the_set_in_RFC_7517_the_key_that_signs_is_taken_and_the_one_that_encrypts_is_not()
    {
        // A.1
        var keys = Keys("""
            {"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
             "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},
            {"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
             "e":"AQAB","alg":"RS256","kid":"2011-04-29"}
            """);
        Assert.Equal("RS256", Assert.Single(keys).Value.Algorithm);
        Assert.Equal("2011-04-29", keys.Keys.Single());
    }

    [Fact]
    public void The_keys_of_RFC_7520_are_told_apart_by_what_they_are_for()
    {
        // 3.3, and 3.5 which is a shared secret.
        var keys = Keys("""
            {"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"},
            {"kty":"oct","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037","use":"sig","alg":"HS256","k":"hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"}
            """);
        Assert.Equal(["bilbo.baggins@hobbiton.example"], keys.Keys);
    }

    private static IReadOnlyDictionary<string, VerifyingKey> Keys(string keys) =>
        JsonKeys.Read(Encoding.UTF8.GetBytes($$"""{"keys":[{{keys}}]}"""))!;
}
