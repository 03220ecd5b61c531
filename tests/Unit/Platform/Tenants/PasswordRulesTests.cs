using Sluice.Platform.Tenants.Inside.Users;
using Xunit;

namespace Sluice.Unit.Platform.Tenants;

public sealed class PasswordRulesTests
{
    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("vier kleine Enten")]
    [InlineData("Kx7-pq_Rw2!z")]
    [InlineData("пароль из слов")]
    [InlineData("🐟🐠🐡🦈🐙🐚🦀🦞🦐🦑🐳🐋")]
    [InlineData("            a b c      ")]
    public void A_long_password_that_nobody_tries_first_is_taken(string password) =>
        Assert.Empty(PasswordRules.Faults(password, "jane@example.org", "Sluice"));

    [Theory]
    [InlineData("", "at least 12")]
    [InlineData("elevenchars", "at least 12")]
    [InlineData("🐟🐠🐡🦈🐙🐚", "at least 12")]
    [InlineData("password1234", "tried first")]
    [InlineData("P4ssw0rd1234", "tried first")]
    [InlineData("!!passwordpassword!!", "tried first")]
    [InlineData("123456789012", "tried first")]
    [InlineData("987654321098", "tried first")]
    [InlineData("aaaaaaaaaaaa", "tried first")]
    [InlineData("abcdefghijkl", "tried first")]
    [InlineData("qwertyuiop[]", "tried first")]
    [InlineData("][poiuytrewq", "tried first")]
    [InlineData("abc1abc1abc1", "tried first")]
    [InlineData("1q2w3e4r5t6y", "tried first")]
    [InlineData("liverpool2024", "tried first")]
    [InlineData("my jane.doe2030", "e-mail address")]
    [InlineData("JANE.DOE@example.org", "e-mail address")]
    [InlineData("sluice is my friend", "the name Sluice")]
    public void A_password_that_is_tried_first_is_refused(string password, string why) => Assert.Contains(
        PasswordRules.Faults(password, "jane.doe@example.org", "Sluice"), fault => fault.Contains(why, StringComparison.Ordinal));

    [Fact]
    public void Length_is_counted_in_characters_up_to_the_edge()
    {
        Assert.Empty(PasswordRules.Faults(Random(12), "a@example.org", "Sluice"));
        Assert.Empty(PasswordRules.Faults(Random(128), "a@example.org", "Sluice"));
        Assert.Single(PasswordRules.Faults(Random(129), "a@example.org", "Sluice"));
        Assert.Single(PasswordRules.Faults(Random(11), "a@example.org", "Sluice"));
    }

    [Fact]
    public void A_fault_never_repeats_the_password()
    {
        const string password = "qwertyuiop[]";
        Assert.DoesNotContain(
            PasswordRules.Faults(password, "jane@example.org", "Sluice"), fault => fault.Contains(password, StringComparison.Ordinal));
    }

    private static string Random(int length) => string.Concat(Enumerable.Range(0, length).Select(i => (char)('!' + i * 37 % 90)));
}
