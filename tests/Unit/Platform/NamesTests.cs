using Sluice.Platform;
using Xunit;

namespace Sluice.Unit.Platform;

public sealed class NamesTests
{
    [Theory]
    [InlineData("Acme")]
    [InlineData("  Acme  ", "Acme")]
    [InlineData("O'Neill & Söhne, \"Haus\" №1")]
    [InlineData("日本語の会社")]
    [InlineData("नमस्ते")]
    [InlineData("rocket 🚀")]
    [InlineData("{{7*7}} ${x} %s ../..")]
    public void A_name_is_kept_trimmed_when_all_of_it_can_be_seen(string name, string? kept = null) =>
        Assert.Equal(kept ?? name, Names.Check(name).Value);

    [Theory]
    [InlineData(null, "is empty")]
    [InlineData("", "is empty")]
    [InlineData(" \u00A0\u3000 ", "is empty")]
    [InlineData("<b>bold</b>", "markup")]
    [InlineData("1 > 0", "markup")]
    [InlineData("a\nb", "control")]
    [InlineData("a\tb", "control")]
    [InlineData("a\0b", "control")]
    [InlineData("a\u001B[31mb", "control")]
    [InlineData("a\u0085b", "control")]
    [InlineData("a\u2028b", "control")]
    [InlineData("a\u202Eb", "invisible")]
    [InlineData("a\u2066b", "invisible")]
    [InlineData("a\u200Bb", "invisible")]
    [InlineData("a\u200Db", "invisible")]
    [InlineData("a\uFEFFb", "invisible")]
    [InlineData("a\u00ADb", "invisible")]
    [InlineData("a\U000E0041b", "invisible")]
    [InlineData("a\u3164b", "looks like none")]
    [InlineData("a\u2800b", "looks like none")]
    [InlineData("a\uE000b", "means nothing")]
    [InlineData("a\uFFFFb", "means nothing")]
    public void A_name_is_refused_with_its_field_when_it_could_deceive(string? name, string fault)
    {
        var refusal = Names.Check(name, "title").Refusal!;
        Assert.Equal(("api.field-invalid", 400), (refusal.Code, refusal.Status));
        Assert.StartsWith("title: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(fault, refusal.Message, StringComparison.Ordinal);
        Assert.Equal([refusal.Message], refusal.Details);
    }

    [Fact]
    public void A_name_has_a_hundred_characters_at_most_and_no_half_of_a_pair()
    {
        Assert.True(Names.Check(new string('a', 100)).Ok);
        Assert.Contains("101 characters", Names.Check(new string('a', 101)).Refusal!.Message, StringComparison.Ordinal);
        // Attributes cannot hold them.
        foreach (var half in new[] { "a\uD800", "\uDC00a", "\uD800\uD800" })
            Assert.Contains("half a surrogate", Names.Check(half).Refusal!.Message, StringComparison.Ordinal);
    }
}
