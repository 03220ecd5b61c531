using System.Text;
using Sluice.Platform.Tenants.Inside.Factors;
using Xunit;

namespace Sluice.Unit.Platform.Tenants;

public sealed class TotpTests
{
    // The secret of the test vectors of RFC 6238, appendix B.
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    [Theory]
    [InlineData(59, "94287082")]
    [InlineData(1111111109, "07081804")]
    [InlineData(1111111111, "14050471")]
    [InlineData(1234567890, "89005924")]
    [InlineData(2000000000, "69279037")]
    [InlineData(20000000000, "65353130")]
    public void Code_is_that_of_the_vectors(long seconds, string expected)
    {
        var step = Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds));
        Assert.Equal(expected, Totp.Code(Secret, step, 8));
        Assert.Equal(expected[2..], Totp.Code(Secret, step));
    }

    // RFC 4226, appendix D.
    [Fact]
    public void Code_of_a_counter_is_that_of_the_vectors() => Assert.Equal(
        ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"],
        Enumerable.Range(0, 10).Select(counter => Totp.Code(Secret, counter)));

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Match_takes_the_step_before_and_the_one_after(int away, bool taken)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(1_900_000_015);
        var step = Totp.StepAt(at) + away;
        Assert.Equal(taken ? step : null, Totp.Match(Secret, Totp.Code(Secret, step), at, 0));
    }

    [Fact]
    public void Match_takes_a_code_once()
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(1_900_000_015);
        var code = Totp.Code(Secret, Totp.StepAt(at));
        var step = Totp.Match(Secret, code, at, 0);
        Assert.NotNull(step);
        Assert.Null(Totp.Match(Secret, code, at, step.Value));
        // An older code is not taken after a newer one.
        Assert.Null(Totp.Match(Secret, Totp.Code(Secret, step.Value - 1), at, step.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("12345a")]
    [InlineData("١٢٣٤٥٦")]
    public void Match_takes_six_digits_only(string code) =>
        Assert.Null(Totp.Match(Secret, code, DateTimeOffset.FromUnixTimeSeconds(1_900_000_015), 0));

    // RFC 4648, section 10, without padding.
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Base32_is_that_of_the_vectors(string plain, string expected) =>
        Assert.Equal(expected, Totp.Base32(Encoding.ASCII.GetBytes(plain)));

    [Fact]
    public void Uri_escapes_what_it_is_given() => Assert.Equal(
        "otpauth://totp/A%3AB%20C:a%2Bb%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%3AB%20C"
        + "&algorithm=SHA1&digits=6&period=30",
        Totp.Uri(Secret, "A:B C", "a+b@example.org"));
}
