using System.Globalization;
using Sluice.Platform.Notices.Inside.Webhooks;
using Xunit;

namespace Sluice.Unit.Platform.Notices;

/// <summary>The example of the specification of Standard Webhooks, and its reference libraries.</summary>
public sealed class SignatureTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Body = """{"test": 2432232314}""";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    [Fact]
    public void The_signature_is_that_of_the_specification() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Signature.Header([Secret], Id, At, Body));

    [Fact]
    public void Several_secrets_sign_one_after_the_other()
    {
        var header = Signature.Header([Signature.NewSecret(), Secret], Id, At, Body).Split(' ');
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", header[1]);
        Assert.NotEqual(header[0], header[1]);
    }

    [Fact]
    public void A_new_secret_has_256_bits_and_its_hint_gives_none_away()
    {
        var secret = Signature.NewSecret();
        Assert.Equal(32, Convert.FromBase64String(secret["whsec_".Length..]).Length);
        Assert.NotEqual(secret, Signature.NewSecret());
        Assert.Equal(12, Signature.Hint(secret).Length);
        Assert.True(string.Compare(secret, 0, Signature.Hint(secret), 0, 11, false, CultureInfo.InvariantCulture) == 0);
    }
}
