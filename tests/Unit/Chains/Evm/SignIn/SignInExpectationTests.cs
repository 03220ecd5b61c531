using Sluice.Chains.Evm;
using Sluice.Chains.Evm.SignIn;
using Xunit;

namespace Sluice.Unit.Chains.Evm.SignIn;

public sealed class SignInExpectationTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly SignInExpectation Expected = new()
    {
        Scheme = "https",
        Domain = "gateway.example",
        Uri = "https://gateway.example/sign-in",
        Nonce = "k7Qm2Zt9xW4b",
        ChainIds = [1, 10],
    };

    private static readonly SignInMessage Message = new()
    {
        Domain = "gateway.example",
        Address = default,
        Uri = "https://gateway.example/sign-in",
        ChainId = 10,
        Nonce = "k7Qm2Zt9xW4b",
        IssuedAt = Now,
    };

    [Fact]
    public void Message_that_was_asked_for_is_taken()
    {
        Assert.Null(Message.Check(Expected, Now));
        Assert.Null((Message with { Scheme = "https" }).Check(Expected, Now));
        Assert.Null((Message with { Domain = "Gateway.Example:443", Scheme = "HTTPS" }).Check(Expected, Now));
        Assert.Null(Message.Check(Expected with { Domain = "gateway.example:443" }, Now));
        Assert.Null((Message with { ChainId = 137 }).Check(Expected with { ChainIds = [] }, Now));
    }

    [Fact]
    public void Message_for_another_site_is_refused()
    {
        foreach (var domain in new[] { "other.example", "gateway.example.other.example", "gateway.example:4443", "a@gateway.example", "gateway.example:" })
            Refused(Message with { Domain = domain }, "wallet.domain-foreign", "https://gateway.example");
        Refused(Message with { Scheme = "http" }, "wallet.domain-foreign", "https://gateway.example");
        Refused(Message with { Uri = "https://gateway.example/sign-in/" }, "wallet.uri-foreign", "https://gateway.example/sign-in");
        Refused(Message with { Uri = "https://Gateway.example/sign-in" }, "wallet.uri-foreign", "https://gateway.example/sign-in");
    }

    [Fact]
    public void Message_with_another_nonce_or_chain_is_refused()
    {
        Refused(Message with { Nonce = "K7Qm2Zt9xW4b" }, "wallet.nonce-foreign", "anew");
        Refused(Message with { ChainId = 137 }, "wallet.chain-foreign", "1, 10");
    }

    [Theory]
    [InlineData(60, null)]
    [InlineData(61, "wallet.message-early")]
    [InlineData(-660, null)]
    [InlineData(-661, "wallet.message-expired")]
    public void Message_is_taken_from_its_issue_for_as_long_as_it_may_be_old(int issuedSeconds, string? code) =>
        Assert.Equal(code, (Message with { IssuedAt = Now.AddSeconds(issuedSeconds) }).Check(Expected, Now)?.Code);

    [Theory]
    [InlineData(60, null)]
    [InlineData(61, "wallet.message-early")]
    public void Message_is_taken_from_the_time_it_names(int notBeforeSeconds, string? code) =>
        Assert.Equal(code, (Message with { NotBefore = Now.AddSeconds(notBeforeSeconds) }).Check(Expected, Now)?.Code);

    [Theory]
    [InlineData(-59, null)]
    [InlineData(-60, "wallet.message-expired")]
    [InlineData(300, null)]
    public void Message_is_taken_until_the_time_it_names(int expirationSeconds, string? code) =>
        Assert.Equal(code, (Message with { ExpirationTime = Now.AddSeconds(expirationSeconds) }).Check(Expected, Now)?.Code);

    [Fact]
    public void Message_is_judged_at_the_ends_of_time()
    {
        Assert.Equal("wallet.message-early", (Message with { IssuedAt = DateTimeOffset.MaxValue }).Check(Expected, Now)?.Code);
        Assert.Equal("wallet.message-expired", (Message with { IssuedAt = DateTimeOffset.MinValue }).Check(Expected, Now)?.Code);
    }

    private static void Refused(SignInMessage message, string code, string expected)
    {
        var refusal = message.Check(Expected, Now);
        Assert.Equal((code, 401), (refusal?.Code, refusal?.Status));
        Assert.Contains(expected, refusal!.Message, StringComparison.Ordinal);
    }
}
