using FsCheck;
using FsCheck.Fluent;
using Sluice.Chains.Evm;
using Xunit;

namespace Sluice.Unit.Chains.Evm;

public sealed class RlpReaderTests
{
    [Theory]
    [InlineData("00", "00")]
    [InlineData("7f", "7f")]
    [InlineData("80", "")]
    [InlineData("8180", "80")]
    [InlineData("83646f67", "646f67")]
    public void String_reads_what_the_specification_says(string encoded, string value)
    {
        var reader = new RlpReader(Convert.FromHexString(encoded));
        Assert.True(reader.TryReadString(out var read));
        Assert.Equal(value, Convert.ToHexStringLower(read));
        Assert.True(reader.End);
    }

    [Theory]
    [InlineData("")]
    [InlineData("8100")] // one byte below 0x80 stands for itself
    [InlineData("817f")]
    [InlineData("82ff")] // cut off
    [InlineData("b800")] // long form for a short length
    [InlineData("b837" + "11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111")]
    [InlineData("b90038" + "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111")]
    [InlineData("bfffffffffffffffff")] // a length beyond any memory
    [InlineData("bf8000000000000000")]
    [InlineData("b8")]
    [InlineData("c0")] // a list
    public void String_refuses_other_forms(string encoded)
    {
        var reader = new RlpReader(Convert.FromHexString(encoded));
        Assert.False(reader.TryReadString(out _));
        Assert.Equal(encoded.Length == 0, reader.End);
    }

    [Theory]
    [InlineData("f800")]
    [InlineData("c1")]
    [InlineData("f90001")]
    [InlineData("ffffffffffffffffff")]
    [InlineData("80")]
    public void List_refuses_other_forms(string encoded)
    {
        var reader = new RlpReader(Convert.FromHexString(encoded));
        Assert.False(reader.TryReadList(out _));
    }

    [Theory]
    [InlineData("80", true)]
    [InlineData("01", true)]
    [InlineData("820100", true)]
    [InlineData("00", false)]
    [InlineData("820001", false)]
    [InlineData("83010000", false)]
    public void Integer_has_no_leading_zero_and_a_largest_size(string encoded, bool valid)
    {
        var reader = new RlpReader(Convert.FromHexString(encoded));
        Assert.Equal(valid, reader.TryReadInteger(2, out _));
    }

    [Fact]
    public void List_refuses_more_depth_than_allowed()
    {
        var nested = Rlp.List();
        for (var i = 1; i <= RlpReader.DepthMax; i++)
            nested = Rlp.List(nested);
        var reader = new RlpReader(nested);
        for (var i = 0; i < RlpReader.DepthMax; i++)
        {
            Assert.True(reader.TryReadList(out var inner));
            reader = inner;
        }

        Assert.False(reader.TryReadList(out _));
    }

    [Fact]
    public void What_is_written_reads_back_whatever_it_is() =>
        Law.Holds(Prop.ForAll(ArbMap.Default.ArbFor<byte[][]>(), items =>
        {
            var reader = new RlpReader(Rlp.List([.. items.Select(item => Rlp.Text(item))]));
            if (!reader.TryReadList(out var list) || !reader.End)
                return false;
            foreach (var item in items)
            {
                if (!list.TryReadString(out var read) || !read.SequenceEqual(item))
                    return false;
            }

            return list.End;
        }));
}
