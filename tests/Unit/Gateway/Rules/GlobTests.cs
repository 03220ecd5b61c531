using System.Diagnostics;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Gateway.Rules;
using Xunit;

namespace Sluice.Unit.Gateway.Rules;

public sealed class GlobTests
{
    [Theory]
    [InlineData("eth_*", "eth_call", true)]
    [InlineData("eth_*", "net_version", false)]
    [InlineData("eth_call", "eth_call", true)]
    [InlineData("eth_call", "eth_callMany", false)]
    [InlineData("*", "", true)]
    [InlineData("*_get*By*", "eth_getBlockByHash", true)]
    [InlineData("*aba", "abababa", true)]
    [InlineData("ab*ba", "aba", false)]
    [InlineData("a**b", "ab", true)]
    [InlineData("eth.call", "eth_call", false)]
    [InlineData("ETH_*", "eth_call", false)]
    public void Star_matches_any_run(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Of(pattern, fold: false).Matches<char>(text));

    [Fact]
    public void Fold_ignores_the_case_of_letters_alone()
    {
        Assert.True(Of("*MyApp/[1]*", fold: true).Matches<char>("Mozilla myapp/[1].0"));
        Assert.False(Of("a[", fold: true).Matches<char>("a{"));
    }

    [Fact]
    public void Glob_agrees_with_a_regular_expression() =>
        Law.Holds(Prop.ForAll(
            Words("ab*").ToArbitrary(),
            Words("ab").ToArbitrary(),
            (pattern, text) => Of(pattern, fold: false).Matches<char>(text) == Regex.IsMatch(
                text,
                "^" + Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal) + "$",
                RegexOptions.NonBacktracking,
                TimeSpan.FromSeconds(5))));

    [Fact]
    public void Worst_case_is_linear()
    {
        // A search that starts over at every character needs 10^11 steps here, most of a minute.
        var piece = new string('a', 200_000) + "b";
        var glob = Of($"*{piece}*{piece}*", fold: true);
        var text = new string('a', 1_000_000);
        var watch = Stopwatch.StartNew();

        Assert.False(glob.Matches<char>(text));

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{watch.Elapsed}");
    }

    private static Glob Of(string pattern, bool fold) => new([.. pattern.Select(unit => (ushort)unit)], fold);

    private static Gen<string> Words(string alphabet) =>
        Gen.Elements(alphabet.ToCharArray()).ArrayOf().Select(units => new string(units));
}
