using Sluice.Platform.Tenants.Inside.Users;
using Xunit;

namespace Sluice.Unit.Platform.Tenants;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("jane@example.org", "jane@example.org")]
    [InlineData("  Jane.Doe+tag@EXAMPLE.org\t", "jane.doe+tag@example.org")]
    [InlineData("o'neill@sub.example.co.uk", "o'neill@sub.example.co.uk")]
    [InlineData("a@bücher.example", "a@xn--bcher-kva.example")]
    [InlineData("a@BÜCHER.example", "a@xn--bcher-kva.example")]
    [InlineData("a@xn--bcher-kva.example", "a@xn--bcher-kva.example")]
    [InlineData("a@例え.jp", "a@xn--r8jz45g.jp")]
    [InlineData("1@2.de", "1@2.de")]
    public void An_address_is_kept_in_one_form(string written, string kept) =>
        Assert.Equal(kept, EmailAddress.Check(written).Value);

    [Theory]
    [InlineData("")]
    [InlineData("jane")]
    [InlineData("@example.org")]
    [InlineData("jane@")]
    [InlineData("jane@localhost")]
    [InlineData("jane@example..org")]
    [InlineData("jane@-example.org")]
    [InlineData("jane@example-.org")]
    [InlineData("jane@exa mple.org")]
    [InlineData("jane@example.org.")]
    [InlineData("jane@127.0.0.1")]
    [InlineData("jane@[127.0.0.1]")]
    [InlineData(".jane@example.org")]
    [InlineData("jane.@example.org")]
    [InlineData("ja..ne@example.org")]
    [InlineData("ja ne@example.org")]
    [InlineData("\"ja ne\"@example.org")]
    [InlineData("jane<b>@example.org")]
    [InlineData("jane@example.org\r\nBcc: all@example.org")]
    [InlineData("jane\0@example.org")]
    [InlineData("jane@example.org, john@example.org")]
    [InlineData("a@b@example.org")]
    // A Cyrillic a before the @, a wide e, a mathematical e, one of no width, one that turns the direction.
    [InlineData("jаne@example.org")]
    [InlineData("jane@ｅxample.org")]
    [InlineData("jane@𝐞xample.org")]
    [InlineData("jane@exam\u200bple.org")]
    [InlineData("jane@exam\u202eple.org")]
    [InlineData("jane@xn--.org")]
    [InlineData("jane@xn--example-.org")]
    [InlineData("jane@xn--999999999999.org")]
    public void What_is_no_address_is_refused(string written)
    {
        var refusal = EmailAddress.Check(written).Refusal;
        Assert.Equal("api.field-invalid", refusal?.Code);
        Assert.StartsWith("email: ", refusal!.Details!.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_address() => Assert.False(EmailAddress.Check("a@b" + (char)0xD800 + ".org").Ok);

    [Fact]
    public void Length_is_bounded_in_its_parts_and_as_a_whole()
    {
        var label = new string('a', 60);
        Assert.True(EmailAddress.Check($"{new string('a', 64)}@{label}.{label}.{label}.org").Ok);
        Assert.False(EmailAddress.Check($"{new string('a', 65)}@example.org").Ok);
        Assert.False(EmailAddress.Check($"a@{new string('a', 64)}.org").Ok);
        Assert.False(EmailAddress.Check($"{new string('a', 64)}@{label}.{label}.{label}.{label}.org").Ok);
    }
}
