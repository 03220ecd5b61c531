using FsCheck;
using FsCheck.Fluent;
using Sluice.Kernel;
using Xunit;

namespace Sluice.Unit.Kernel;

public sealed class WireIdTests
{
    [Fact]
    public void Every_id_reads_back_as_itself() => Prop.ForAll(ArbMap.Default.ArbFor<Guid>(), value =>
    {
        var text = WireId.Format(new AppId(value));
        return text.Length == 30
            && WireId.TryParse<AppId>(text, out var id) && id.Value == value
            && WireId.TryParse<AppId>("app_" + text[4..].ToUpperInvariant(), out var upper) && upper.Value == value
            && !WireId.TryParse<KeyId>(text, out _);
    }).Holds();

    [Fact]
    public void Every_change_of_one_digit_is_another_id_or_none() => Prop.ForAll(
        ArbMap.Default.ArbFor<Guid>(), ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<char>(), (value, at, with) =>
        {
            var text = WireId.Format(new KeyId(value)).ToCharArray();
            var position = 4 + (int)((uint)at % 26);
            if (char.ToLowerInvariant(text[position]) == char.ToLowerInvariant(with)) return true;
            text[position] = with;
            return !WireId.TryParse<KeyId>(new string(text), out var id) || id.Value != value;
        }).Holds();

    [Fact]
    public void Ids_sort_by_their_value_as_text() => Prop.ForAll(
        ArbMap.Default.ArbFor<Guid>(), ArbMap.Default.ArbFor<Guid>(), (a, b) =>
            Math.Sign(string.CompareOrdinal(WireId.Encode(a), WireId.Encode(b)))
            == Math.Sign(a.ToByteArray(true).AsSpan().SequenceCompareTo(b.ToByteArray(true)))).Holds();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("app_")]
    [InlineData("app_80000000000000000000000000")]
    [InlineData("app_0000000000000000000000000l")]
    [InlineData("app_0000000000000000000000000")]
    [InlineData("app-00000000000000000000000000")]
    [InlineData("APP_00000000000000000000000000")]
    public void What_is_no_id_is_refused(string? text) => Assert.False(WireId.TryParse<AppId>(text, out _));
}
